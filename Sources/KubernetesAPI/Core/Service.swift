public import JSONTree

/// What DNS, proxy and the endpoint controllers read of a core/v1 Service.
public struct Service: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "Service", plural: "services", isNamespaced: true)

  /// The value of `clusterIP` that makes a Service headless.
  public static let headlessClusterIP = "None"

  /// The annotation that came before `publishNotReadyAddresses`. Current Kubernetes ignores it;
  /// Rollcall honours it because charts still carry it.
  public static let tolerateUnreadyAnnotation =
    "service.alpha.kubernetes.io/tolerate-unready-endpoints"

  public struct Port: Sendable, Hashable {
    /// Empty for the single unnamed port.
    public var name: String
    public var transport: TransportProtocol
    public var appProtocol: String?
    public var port: UInt16
    public var targetPort: IntOrString?
    /// 0 where none is allocated.
    public var nodePort: UInt16

    public init(
      name: String = "", transport: TransportProtocol = .tcp, appProtocol: String? = nil,
      port: UInt16, targetPort: IntOrString? = nil, nodePort: UInt16 = 0
    ) {
      self.name = name
      self.transport = transport
      self.appProtocol = appProtocol
      self.port = port
      self.targetPort = targetPort
      self.nodePort = nodePort
    }

    init(json: JSON) {
      name = json["name"]?.string ?? ""
      transport = json["protocol"]?.string.flatMap(TransportProtocol.init) ?? .tcp
      appProtocol = json["appProtocol"]?.string
      port = UInt16(clamping: json["port"]?.integer ?? 0)
      targetPort = IntOrString(json: json["targetPort"])
      nodePort = UInt16(clamping: json["nodePort"]?.integer ?? 0)
    }

    var json: JSON {
      var object: JSONObject = [
        "protocol": .string(transport.rawValue), "port": .integer(Int64(port)),
      ]
      object["name"] = JSON(nonEmpty: name)
      object["appProtocol"] = appProtocol.map { .string($0) }
      object["targetPort"] = targetPort?.json
      if nodePort > 0 { object["nodePort"] = .integer(Int64(nodePort)) }
      return .object(object)
    }
  }

  public enum ServiceType: String, Sendable, Hashable {
    case clusterIP = "ClusterIP"
    case nodePort = "NodePort"
    case loadBalancer = "LoadBalancer"
    case externalName = "ExternalName"
  }

  public var metadata: ObjectMeta
  public var type: ServiceType
  /// Addresses as text, or `None`; empty where none is allocated (yet).
  public var clusterIPs: [String]
  public var externalIPs: [String]
  public var externalName: String
  /// Nil where the Service selects nothing and its endpoints are made by someone else.
  public var selector: [String: String]?
  public var ports: [Port]
  public var ipFamilies: [IPAddress.Family]
  public var publishNotReadyAddresses: Bool
  public var trafficDistribution: String?
  /// Addresses of `status.loadBalancer.ingress`.
  public var loadBalancerAddresses: [String]
  /// What only the proxy and load balancers read.
  public var traffic = Traffic()

  public init(metadata: ObjectMeta, type: ServiceType = .clusterIP) {
    self.metadata = metadata
    self.type = type
    clusterIPs = []
    externalIPs = []
    externalName = ""
    ports = []
    ipFamilies = []
    publishNotReadyAddresses = false
    loadBalancerAddresses = []
  }

  public init(json: JSON) {
    let spec = json["spec"]
    metadata = ObjectMeta(json: json["metadata"])
    type = spec?["type"]?.string.flatMap(ServiceType.init) ?? .clusterIP
    clusterIPs =
      spec?["clusterIPs"]?.strings ?? spec?["clusterIP"]?.string.map { $0.isEmpty ? [] : [$0] }
      ?? []
    externalIPs = spec?["externalIPs"]?.strings ?? []
    externalName = spec?["externalName"]?.string ?? ""
    selector = spec?["selector"].flatMap { $0.object?.isEmpty ?? true ? nil : $0.stringMap }
    ports = spec?["ports"]?.array?.map(Port.init(json:)) ?? []
    ipFamilies = spec?["ipFamilies"]?.strings.compactMap(IPAddress.Family.init) ?? []
    publishNotReadyAddresses = spec?["publishNotReadyAddresses"]?.bool ?? false
    trafficDistribution = spec?["trafficDistribution"]?.string
    loadBalancerAddresses =
      json[path: "status", "loadBalancer", "ingress"]?.array?.compactMap { $0["ip"]?.string } ?? []
    traffic = Traffic(spec: spec, status: json["status"])
  }

  public var json: JSON {
    var spec: JSONObject = ["type": .string(type.rawValue)]
    spec["clusterIP"] = clusterIPs.first.map { .string($0) }
    spec["clusterIPs"] = JSON(nonEmpty: clusterIPs)
    spec["externalIPs"] = JSON(nonEmpty: externalIPs)
    spec["externalName"] = JSON(nonEmpty: externalName)
    spec["selector"] = selector.map { JSON($0) }
    if !ports.isEmpty { spec["ports"] = .array(ports.map(\.json)) }
    spec["ipFamilies"] = JSON(nonEmpty: ipFamilies.map(\.rawValue))
    if publishNotReadyAddresses { spec["publishNotReadyAddresses"] = true }
    spec["trafficDistribution"] = trafficDistribution.map { .string($0) }
    traffic.write(to: &spec)
    return envelope([("spec", .object(spec))])
  }

  public var isHeadless: Bool { clusterIPs.first == Self.headlessClusterIP }

  /// Whether endpoints that are not ready are published as if they were.
  public var publishesNotReadyAddresses: Bool {
    publishNotReadyAddresses || metadata.annotations[Self.tolerateUnreadyAnnotation] == "true"
  }
}
