import JSONTree

// Types of the EndpointSlice API.

extension ObjectSchema {
  static let endpointConditions = ObjectSchema(
    "io.k8s.api.discovery.v1.EndpointConditions",
    "What an endpoint is good for now. What is left out is not known."
  ) {
    Field(
      "ready", .boolean,
      "Whether it takes connections: as serving, but never while it is terminating, unless the "
        + "Service publishes addresses that are not ready. To be read as true where it is left "
        + "out.")
    Field(
      "serving", .boolean,
      "Whether it can serve, terminating or not. To be read as ready where it is left out.")
    Field(
      "terminating", .boolean,
      "Whether it is about to end. To be read as false where it is left out.")
  }

  static let forZone = ObjectSchema(
    "io.k8s.api.discovery.v1.ForZone", "A zone whose clients should use an endpoint."
  ) {
    Field("name", .string, "Name of the zone.", required: true)
  }

  static let forNode = ObjectSchema(
    "io.k8s.api.discovery.v1.ForNode", "A node whose clients should use an endpoint."
  ) {
    Field("name", .string, "Name of the node.", required: true)
  }

  static let endpointHints = ObjectSchema(
    "io.k8s.api.discovery.v1.EndpointHints", "Whose clients should use an endpoint."
  ) {
    Field(
      "forNodes", .list(.object(.forNode), .atomic),
      "Nodes it is meant for, at most 8; proxies that know them look here first.")
    Field("forZones", .list(.object(.forZone), .atomic), "Zones it is meant for, at most 8.")
  }

  static let endpoint = ObjectSchema(
    "io.k8s.api.discovery.v1.Endpoint", "One thing behind a Service, mostly a Pod."
  ) {
    Field(
      "addresses", .list(.string, .set),
      "Addresses of the slice's type, 1 to 100, all of the same endpoint. Only the first is used "
        + "by what reads slices today.",
      required: true)
    Field("conditions", .object(.endpointConditions), "What the endpoint is good for now.")
    Field(
      "deprecatedTopology", .stringMap,
      "Topology labels of a version of the API that is gone. Dropped where it is written.",
      deprecated: true)
    Field("hints", .object(.endpointHints), "Whose clients should use the endpoint.")
    Field(
      "hostname", .string,
      "Name of the endpoint below that of the Service in DNS, a DNS label. Endpoints may share "
        + "one.",
      empty: .kept)
    Field("nodeName", .string, "Node the endpoint is on.", empty: .kept)
    Field("targetRef", .object(.objectReference), "The object behind the endpoint.")
    Field("zone", .string, "Zone the endpoint is in.", empty: .kept)
  }

  static let endpointPort = ObjectSchema(
    "io.k8s.api.discovery.v1.EndpointPort", "One port that every endpoint of a slice has."
  ) {
    Field("appProtocol", .string, endpointAppProtocol, empty: .kept)
    Field(
      "name", .string,
      "Name of the Service's port it belongs to, unique within the slice: empty, or a DNS label.",
      default: "", empty: .kept)
    Field("port", .int32, "Port of the endpoints; what to make of none is up to the reader.")
    Field(
      "protocol", .string, "Transport protocol of the port; TCP where it is left out.",
      default: "TCP", enum: ["SCTP", "TCP", "UDP"], empty: .kept, goType: "v1.Protocol")
  }

  static let endpointSlice = kind(
    "io.k8s.api.discovery.v1.EndpointSlice",
    "Some of the endpoints of a Service: those with the same ports, of one type of address. The "
      + "label kubernetes.io/service-name names the Service; all its slices together are its "
      + "endpoints."
  ) {
    Field(
      "addressType", .string,
      "Type of all addresses of the slice: IPv4, IPv6, or FQDN, which is deprecated. Cannot "
        + "change.",
      required: true, enum: ["FQDN", "IPv4", "IPv6"], goType: "v1.AddressType")
    Field(
      "endpoints", .list(.object(.endpoint), .atomic), "The endpoints, at most 1000.",
      empty: .kept)
    Field(
      "ports", .list(.object(.endpointPort), .atomic),
      "Ports that every endpoint has, at most 20000, each with a name of its own.", empty: .kept)
  }
}
