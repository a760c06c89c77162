// Types of the Endpoints API.

extension ObjectSchema {
  /// What EndpointPorts of both APIs say of their port.
  static let endpointAppProtocol =
    "What is spoken on the port: an IANA service name, or a prefixed name such as "
    + "kubernetes.io/h2c, kubernetes.io/ws or kubernetes.io/wss."

  static let coreEndpointPort = ObjectSchema(
    "io.k8s.api.core.v1.EndpointPort", "One port of the endpoints of a subset."
  ) {
    Field("appProtocol", .string, endpointAppProtocol, empty: .kept)
    Field(
      "name", .string,
      "Name of the Service's port it belongs to, a DNS label; may be left out where there is one "
        + "port.")
    Field("port", .int32, "Port of the endpoints.", required: true)
    Field(
      "protocol", .string, "Transport protocol of the port; TCP where it is left out.",
      enum: ["SCTP", "TCP", "UDP"], goType: "v1.Protocol")
  }

  static let endpointAddress = ObjectSchema(
    "io.k8s.api.core.v1.EndpointAddress", "The address of one endpoint."
  ) {
    Field("hostname", .string, "Name of the endpoint below that of the Service in DNS.")
    Field(
      "ip", .string,
      "The address. Not a loopback, link-local or link-local multicast address.", required: true)
    Field("nodeName", .string, "Node the endpoint is on.", empty: .kept)
    Field("targetRef", .object(.objectReference), "The object behind the endpoint, mostly a Pod.")
  }

  static let endpointSubset = ObjectSchema(
    "io.k8s.api.core.v1.EndpointSubset",
    "Addresses and the ports each of them has."
  ) {
    Field(
      "addresses", .list(.object(.endpointAddress), .atomic), "Addresses that take connections.")
    Field(
      "notReadyAddresses", .list(.object(.endpointAddress), .atomic),
      "Addresses that do not take connections now: starting, failing or ending.")
    Field("ports", .list(.object(.coreEndpointPort), .atomic), "Ports of every address.")
  }

  static let endpoints = kind(
    "io.k8s.api.core.v1.Endpoints",
    "The addresses behind the Service of the same name. EndpointSlices say more and scale."
  ) {
    Field(
      "subsets", .list(.object(.endpointSubset), .atomic),
      "All endpoints, those with the same ports together. An address may be ready in one subset "
        + "and not ready in another.")
  }
}
