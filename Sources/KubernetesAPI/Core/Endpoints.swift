public import JSONTree

/// core/v1 Endpoints, whole: the older form of EndpointSlice.
public struct Endpoints: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "Endpoints", plural: "endpoints", isNamespaced: true)

  public struct Address: Sendable, Hashable {
    public var ip: String
    public var hostname: String
    public var nodeName: String?
    public var targetRef: ObjectReference?

    public init(
      ip: String, hostname: String = "", nodeName: String? = nil, targetRef: ObjectReference? = nil
    ) {
      self.ip = ip
      self.hostname = hostname
      self.nodeName = nodeName
      self.targetRef = targetRef
    }
  }

  public struct Port: Sendable, Hashable {
    public var name: String
    public var port: Int32
    public var transport: TransportProtocol
    public var appProtocol: String?

    public init(
      name: String, port: Int32, transport: TransportProtocol, appProtocol: String? = nil
    ) {
      self.name = name
      self.port = port
      self.transport = transport
      self.appProtocol = appProtocol
    }
  }

  public struct Subset: Sendable, Hashable {
    public var addresses: [Address]
    public var notReadyAddresses: [Address]
    public var ports: [Port]

    public init(addresses: [Address], notReadyAddresses: [Address] = [], ports: [Port]) {
      self.addresses = addresses
      self.notReadyAddresses = notReadyAddresses
      self.ports = ports
    }
  }

  public var metadata: ObjectMeta
  public var subsets: [Subset]

  public init(metadata: ObjectMeta, subsets: [Subset] = []) {
    self.metadata = metadata
    self.subsets = subsets
  }

  public init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    subsets = json["subsets"]?.array?.map(Subset.init(json:)) ?? []
  }

  public var json: JSON {
    envelope([("subsets", subsets.isEmpty ? nil : .array(subsets.map(\.json)))])
  }
}

extension Endpoints.Subset {
  init(json: JSON) {
    addresses = json["addresses"]?.array?.map(Endpoints.Address.init(json:)) ?? []
    notReadyAddresses = json["notReadyAddresses"]?.array?.map(Endpoints.Address.init(json:)) ?? []
    ports =
      json["ports"]?.array?.map { port in
        Endpoints.Port(
          name: port["name"]?.string ?? "", port: Int32(clamping: port["port"]?.integer ?? 0),
          transport: port["protocol"]?.string.flatMap(TransportProtocol.init) ?? .tcp,
          appProtocol: port["appProtocol"]?.string)
      } ?? []
  }

  var json: JSON {
    var object = JSONObject()
    if !addresses.isEmpty { object["addresses"] = .array(addresses.map(\.json)) }
    if !notReadyAddresses.isEmpty {
      object["notReadyAddresses"] = .array(notReadyAddresses.map(\.json))
    }
    if !ports.isEmpty {
      object["ports"] = .array(
        ports.map { port in
          var object: JSONObject = [
            "port": .integer(Int64(port.port)), "protocol": .string(port.transport.rawValue),
          ]
          object["name"] = JSON(nonEmpty: port.name)
          object["appProtocol"] = port.appProtocol.map { .string($0) }
          return .object(object)
        })
    }
    return .object(object)
  }
}

extension Endpoints.Address {
  init(json: JSON) {
    ip = json["ip"]?.string ?? ""
    hostname = json["hostname"]?.string ?? ""
    nodeName = json["nodeName"]?.string
    targetRef = json["targetRef"].map(ObjectReference.init(json:))
  }

  var json: JSON {
    var object: JSONObject = ["ip": .string(ip)]
    object["hostname"] = JSON(nonEmpty: hostname)
    object["nodeName"] = nodeName.map { .string($0) }
    object["targetRef"] = targetRef?.json
    return .object(object)
  }
}
