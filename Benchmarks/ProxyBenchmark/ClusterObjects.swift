import KubernetesAPI
import ServiceProxy

/// Services with ten endpoints each, as values and as what an API server is sent.
enum ClusterObjects {
  static let endpoints = 10
  /// Where endpoints listen; a change moves a Service's endpoints to the other port.
  static let ports: [UInt16] = [9000, 9001]

  static func name(_ number: Int) -> String { "service-\(number)" }

  static func key(_ number: Int) -> ObjectKey {
    ObjectKey(namespace: "default", name: name(number))
  }

  static func clusterAddress(_ number: Int) -> String {
    // The range's first addresses are the API server's.
    "10.100.\(number / 250 + 1).\(number % 250 + 1)"
  }

  static func endpointAddress(_ number: Int, _ index: Int) -> String {
    "10.\(200 + number / 250).\(number % 250).\(index + 1)"
  }

  // MARK: Values

  static func service(_ number: Int) -> Service {
    var service = Service(metadata: ObjectMeta(name: name(number), namespace: "default"))
    service.clusterIPs = [clusterAddress(number)]
    service.ports = [Service.Port(name: "http", port: 80)]
    return service
  }

  /// - Parameter addresses: of its endpoints.
  static func slice(_ number: Int, _ addresses: [String], port: UInt16) -> EndpointSlice {
    EndpointSlice(
      metadata: ObjectMeta(
        name: name(number), namespace: "default",
        labels: [EndpointSlice.serviceNameLabel: name(number)]),
      addressType: .ipv4,
      endpoints: addresses.enumerated().map { index, address in
        var endpoint = EndpointSlice.Endpoint(addresses: [address], ready: true)
        endpoint.nodeName = "node-\(index)"
        return endpoint
      }, ports: [.init(name: "http", transport: .tcp, port: Int32(port))])
  }

  // MARK: JSON

  static let servicesTarget = "/api/v1/namespaces/default/services"
  static let slicesTarget = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"

  static func serviceBody(_ number: Int) -> String {
    """
    {"apiVersion":"v1","kind":"Service","metadata":{"name":"\(name(number))"},"spec":{\
    "clusterIP":"\(clusterAddress(number))","ports":[{"name":"http","port":80,"targetPort":9000}]}}
    """
  }

  static func sliceBody(_ number: Int) -> String {
    let list = (0..<endpoints).map {
      """
      {"addresses":["\(endpointAddress(number, $0))"],"conditions":{"ready":true},\
      "nodeName":"node-\($0)"}
      """
    }
    return """
      {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{"name":\
      "\(name(number))","labels":{"kubernetes.io/service-name":"\(name(number))"}},\
      "addressType":"IPv4","endpoints":[\(list.joined(separator: ","))],\
      "ports":[{"name":"http","protocol":"TCP","port":\(ports[0])}]}
      """
  }

  /// A JSON patch that moves all endpoints of a Service to a port.
  static func move(to port: UInt16) -> String {
    #"[{"op":"replace","path":"/ports/0/port","value":\#(port)}]"#
  }
}
