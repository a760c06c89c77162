import KubernetesAPI
import Testing

@testable import ServiceProxy

/// Services and slices in few words.
enum Make {
  static func service(
    _ name: String = "web", ip: [String] = ["10.96.0.10"], type: Service.ServiceType = .clusterIP,
    ports: [Service.Port] = [Service.Port(port: 80)], edit: (inout Service) -> Void = { _ in }
  ) -> Service {
    var service = Service(metadata: ObjectMeta(name: name, namespace: "default"), type: type)
    service.clusterIPs = ip
    service.ports = ports
    edit(&service)
    return service
  }

  static func endpoint(
    _ address: String, ready: Bool = true, serving: Bool? = nil, terminating: Bool = false,
    node: String? = "other", zones: [String] = [], nodes: [String] = []
  ) -> EndpointSlice.Endpoint {
    var endpoint = EndpointSlice.Endpoint(addresses: [address], ready: ready)
    endpoint.serving = serving
    endpoint.terminating = terminating
    endpoint.nodeName = node
    endpoint.hintedZones = zones
    endpoint.hintedNodes = nodes
    return endpoint
  }

  static func slice(
    _ endpoints: [EndpointSlice.Endpoint], of service: String = "web", name: String? = nil,
    family: EndpointSlice.AddressType = .ipv4, port: Int32 = 8080, portName: String = "",
    transport: TransportProtocol = .tcp
  ) -> EndpointSlice {
    EndpointSlice(
      metadata: ObjectMeta(
        name: name ?? "\(service)-1", namespace: "default",
        labels: [EndpointSlice.serviceNameLabel: service]),
      addressType: family, endpoints: endpoints,
      ports: [.init(name: portName, transport: transport, port: port)])
  }

  static func rules(
    _ service: Service, _ slices: EndpointSlice..., zone: String? = nil
  ) -> ServiceRules {
    ServiceRules(
      service, slices.compactMap { ProxySlice($0, node: "here") },
      node: ProxyNode(name: "here", zone: zone))
  }

  static func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

  static func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }
}

/// A model, a program and tables in memory, driven by objects.
struct ProxyWorld {
  var model: ProxyModel
  var program: TableProgram
  let tables = FakeTables()
  var nodeAddresses: Set<IPAddress> = []

  init(
    settings: TableSettings = TableSettings(), zone: String? = nil,
    nodeAddresses: [String] = ["192.0.2.1", "2001:db8::1"]
  ) throws {
    model = ProxyModel(node: ProxyNode(name: "here", zone: zone))
    program = TableProgram(settings: settings)
    self.nodeAddresses = Set(nodeAddresses.compactMap { IPAddress($0) })
    try tables.commit(program.adopt([:]))
    try tables.commit(program.plan(nodePortAddresses: self.nodeAddresses))
  }

  mutating func set(_ services: Service..., slices: [EndpointSlice] = []) throws {
    for service in services { model.set(service.key, service) }
    for slice in slices { model.set(slice.key, slice) }
    try sync()
  }

  mutating func remove(_ service: String) throws {
    model.set(Make.key(service), nil as Service?)
    try sync()
  }

  @discardableResult
  mutating func sync() throws -> TableTransaction {
    let plan = program.plan(model.takeChanges())
    try tables.commit(plan.transaction)
    return plan.transaction
  }

  func outcomes(_ packet: PacketTracer.Packet) -> Set<PacketTracer.Outcome> {
    PacketTracer(tables, nodeAddresses: nodeAddresses).outcomes(packet)
  }

  func outcomes(
    from source: String, to destination: String, _ port: UInt16,
    _ transport: TransportProtocol = .tcp, state: PacketTracer.Packet.State = .new
  ) throws -> Set<PacketTracer.Outcome> {
    outcomes(
      PacketTracer.Packet(
        from: try Make.address(source), to: try Make.address(destination), port, transport,
        state: state))
  }
}

extension PacketTracer.Outcome {
  static func to(_ address: String, _ port: UInt16 = 8080, masqueraded: Bool = false) -> Self {
    .delivered(Backend(IPAddress(address) ?? .v4(0), port), masqueraded: masqueraded)
  }
}
