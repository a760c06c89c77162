public import JSONTree

/// What the endpoint controllers and DNS read of a core/v1 Pod.
public struct Pod: KubernetesObject {
  public static let resource = ResourceType(
    group: "", version: "v1", kind: "Pod", plural: "pods", isNamespaced: true)

  public struct ContainerPort: Sendable, Hashable {
    public var name: String
    public var containerPort: UInt16
    public var transport: TransportProtocol

    public init(name: String, containerPort: UInt16, transport: TransportProtocol = .tcp) {
      self.name = name
      self.containerPort = containerPort
      self.transport = transport
    }
  }

  public enum Phase: String, Sendable, Hashable {
    case pending = "Pending"
    case running = "Running"
    case succeeded = "Succeeded"
    case failed = "Failed"
    case unknown = "Unknown"
  }

  public var metadata: ObjectMeta
  /// Empty until the Pod is scheduled.
  public var nodeName: String
  public var hostname: String
  public var subdomain: String
  public var hostNetwork: Bool
  public var restartPolicy: String
  /// Ports of ordinary containers and of restartable init containers (sidecars).
  public var ports: [ContainerPort]
  public var phase: Phase
  /// Every address, one per family; the first is `status.podIP`.
  public var podIPs: [String]
  /// Whether the condition `Ready` is `True`.
  public var isReady: Bool
  /// When that condition last changed.
  public var readyTransitionTime: Timestamp?
  /// What decides where the Pod runs.
  public var scheduling = PodScheduling()

  public init(metadata: ObjectMeta) {
    self.metadata = metadata
    nodeName = ""
    hostname = ""
    subdomain = ""
    hostNetwork = false
    restartPolicy = "Always"
    ports = []
    phase = .pending
    podIPs = []
    isReady = false
  }

  public init(json: JSON) {
    let spec = json["spec"]
    let status = json["status"]
    metadata = ObjectMeta(json: json["metadata"])
    nodeName = spec?["nodeName"]?.string ?? ""
    hostname = spec?["hostname"]?.string ?? ""
    subdomain = spec?["subdomain"]?.string ?? ""
    hostNetwork = spec?["hostNetwork"]?.bool ?? false
    restartPolicy = spec?["restartPolicy"]?.string ?? "Always"
    let sidecars = (spec?["initContainers"]?.array ?? []).filter {
      $0["restartPolicy"]?.string == "Always"
    }
    ports = ((spec?["containers"]?.array ?? []) + sidecars).flatMap { container in
      (container["ports"]?.array ?? []).map { port in
        ContainerPort(
          name: port["name"]?.string ?? "",
          containerPort: UInt16(clamping: port["containerPort"]?.integer ?? 0),
          transport: port["protocol"]?.string.flatMap(TransportProtocol.init) ?? .tcp)
      }
    }
    phase = status?["phase"]?.string.flatMap(Phase.init) ?? .pending
    let addresses = status?["podIPs"]?.array?.compactMap { $0["ip"]?.string } ?? []
    podIPs = addresses.isEmpty ? [status?["podIP"]?.string].compactMap(\.self) : addresses
    let ready = status?["conditions"]?.array?.first { $0["type"]?.string == "Ready" }
    isReady = ready?["status"]?.string == "True"
    readyTransitionTime = ready?["lastTransitionTime"]?.string.flatMap(Timestamp.init)
    scheduling = PodScheduling(spec: spec, status: status, podName: metadata.name)
  }

  public var json: JSON {
    var spec: JSONObject = ["restartPolicy": .string(restartPolicy)]
    spec["nodeName"] = JSON(nonEmpty: nodeName)
    spec["hostname"] = JSON(nonEmpty: hostname)
    spec["subdomain"] = JSON(nonEmpty: subdomain)
    if hostNetwork { spec["hostNetwork"] = true }
    let container: JSONObject = [
      "name": "main", "image": "none",
      "ports": .array(
        ports.map {
          [
            "name": .string($0.name), "containerPort": .integer(Int64($0.containerPort)),
            "protocol": .string($0.transport.rawValue),
          ]
        }),
    ]
    spec["containers"] = .array([.object(container)])
    var status: JSONObject = ["phase": .string(phase.rawValue)]
    status["podIP"] = podIPs.first.map { .string($0) }
    if !podIPs.isEmpty { status["podIPs"] = .array(podIPs.map { ["ip": .string($0)] }) }
    var ready: JSONObject = ["type": "Ready", "status": isReady ? "True" : "False"]
    ready["lastTransitionTime"] = readyTransitionTime.map { .string($0.description) }
    status["conditions"] = [.object(ready)]
    return envelope([("spec", .object(spec)), ("status", .object(status))])
  }

  /// Whether the Pod will never run again: it succeeded or failed.
  public var isTerminal: Bool { phase == .succeeded || phase == .failed }
}
