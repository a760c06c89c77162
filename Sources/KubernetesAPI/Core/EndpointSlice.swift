public import JSONTree

/// discovery.k8s.io/v1 EndpointSlice, whole.
public struct EndpointSlice: KubernetesObject {
  public static let resource = ResourceType(
    group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice", plural: "endpointslices",
    isNamespaced: true)

  /// The label that names the Service a slice belongs to.
  public static let serviceNameLabel = "kubernetes.io/service-name"
  /// The label that names who manages a slice.
  public static let managedByLabel = "endpointslice.kubernetes.io/managed-by"

  public enum AddressType: String, Sendable, Hashable {
    case ipv4 = "IPv4"
    case ipv6 = "IPv6"
    case fqdn = "FQDN"
  }

  public struct Port: Sendable, Hashable {
    public var name: String?
    public var transport: TransportProtocol?
    /// Nil means all ports, in hand-made slices.
    public var port: Int32?
    public var appProtocol: String?

    public init(
      name: String?, transport: TransportProtocol?, port: Int32?, appProtocol: String? = nil
    ) {
      self.name = name
      self.transport = transport
      self.port = port
      self.appProtocol = appProtocol
    }
  }

  public struct Endpoint: Sendable, Hashable {
    public var addresses: [String]
    /// Nil reads as ready.
    public var ready: Bool?
    /// Nil reads as `ready`.
    public var serving: Bool?
    /// Nil reads as false.
    public var terminating: Bool?
    public var hostname: String?
    public var nodeName: String?
    public var zone: String?
    public var targetRef: ObjectReference?
    public var deprecatedTopology: [String: String]
    /// Zones of `hints.forZones`.
    public var hintedZones: [String]
    /// Nodes of `hints.forNodes`.
    public var hintedNodes: [String]

    public init(addresses: [String], ready: Bool? = nil) {
      self.addresses = addresses
      self.ready = ready
      deprecatedTopology = [:]
      hintedZones = []
      hintedNodes = []
    }

    public var isReady: Bool { ready ?? true }
  }

  public var metadata: ObjectMeta
  public var addressType: AddressType
  public var endpoints: [Endpoint]
  public var ports: [Port]

  public init(
    metadata: ObjectMeta, addressType: AddressType, endpoints: [Endpoint] = [], ports: [Port] = []
  ) {
    self.metadata = metadata
    self.addressType = addressType
    self.endpoints = endpoints
    self.ports = ports
  }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    addressType = json["addressType"]?.string.flatMap(AddressType.init) ?? .ipv4
    endpoints = json["endpoints"]?.array?.map(Endpoint.init(json:)) ?? []
    ports = json["ports"]?.array?.map(Port.init(json:)) ?? []
  }

  public var json: JSON {
    envelope([
      ("addressType", .string(addressType.rawValue)),
      ("endpoints", .array(endpoints.map(\.json))),
      ("ports", .array(ports.map(\.json))),
    ])
  }

  /// The Service this slice belongs to, if its label says so.
  public var serviceKey: ObjectKey? {
    guard let name = metadata.labels[Self.serviceNameLabel], !name.isEmpty else { return nil }
    return ObjectKey(namespace: metadata.namespace, name: name)
  }
}

extension EndpointSlice.Port {
  init(json: JSON) {
    name = json["name"]?.string
    transport = json["protocol"]?.string.flatMap(TransportProtocol.init)
    port = json["port"]?.integer.flatMap { Int32(exactly: $0) }
    appProtocol = json["appProtocol"]?.string
  }

  var json: JSON {
    var object = JSONObject()
    object["name"] = name.map { .string($0) }
    object["protocol"] = transport.map { .string($0.rawValue) }
    object["port"] = port.map { .integer(Int64($0)) }
    object["appProtocol"] = appProtocol.map { .string($0) }
    return .object(object)
  }
}

extension EndpointSlice.Endpoint {
  init(json: JSON) {
    addresses = json["addresses"]?.strings ?? []
    ready = json[path: "conditions", "ready"]?.bool
    serving = json[path: "conditions", "serving"]?.bool
    terminating = json[path: "conditions", "terminating"]?.bool
    hostname = json["hostname"]?.string
    nodeName = json["nodeName"]?.string
    zone = json["zone"]?.string
    targetRef = json["targetRef"].map(ObjectReference.init(json:))
    deprecatedTopology = json["deprecatedTopology"]?.stringMap ?? [:]
    hintedZones =
      json[path: "hints", "forZones"]?.array?.compactMap { $0["name"]?.string } ?? []
    hintedNodes =
      json[path: "hints", "forNodes"]?.array?.compactMap { $0["name"]?.string } ?? []
  }

  var json: JSON {
    var conditions = JSONObject()
    conditions["ready"] = ready.map { .bool($0) }
    conditions["serving"] = serving.map { .bool($0) }
    conditions["terminating"] = terminating.map { .bool($0) }
    var object: JSONObject = [
      "addresses": JSON(strings: addresses), "conditions": .object(conditions),
    ]
    object["hostname"] = hostname.map { .string($0) }
    object["nodeName"] = nodeName.map { .string($0) }
    object["zone"] = zone.map { .string($0) }
    object["targetRef"] = targetRef?.json
    object["deprecatedTopology"] = JSON(nonEmpty: deprecatedTopology)
    var hints = JSONObject()
    if !hintedZones.isEmpty {
      hints["forZones"] = .array(hintedZones.map { ["name": .string($0)] })
    }
    if !hintedNodes.isEmpty {
      hints["forNodes"] = .array(hintedNodes.map { ["name": .string($0)] })
    }
    if !hints.isEmpty { object["hints"] = .object(hints) }
    return .object(object)
  }
}
