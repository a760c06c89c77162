public import JSONTree

/// What decides where a Pod runs, and how long it stays there.
public struct PodScheduling: Sendable, Hashable {
  public static let defaultScheduler = "default-scheduler"

  /// A port of the Node that the Pod takes for itself.
  public struct HostPort: Sendable, Hashable {
    /// Empty for all addresses.
    public var address: String
    public var transport: TransportProtocol
    public var port: UInt16

    public init(address: String, transport: TransportProtocol, port: UInt16) {
      self.address = address
      self.transport = transport
      self.port = port
    }

    public func conflicts(with other: HostPort) -> Bool {
      port == other.port && transport == other.transport
        && (isWildcard || other.isWildcard || address == other.address)
    }

    private var isWildcard: Bool { address.isEmpty || address == "0.0.0.0" || address == "::" }
  }

  public var schedulerName = PodScheduling.defaultScheduler
  /// Whether scheduling gates hold the Pod back.
  public var isGated = false
  public var nodeSelector: [String: String] = [:]
  /// Terms of the required node affinity, one of which must hold; nil for any Node.
  public var nodeTerms: [NodeSelectorTerm]?
  public var tolerations: [Toleration] = []
  public var requests = ResourceAmounts()
  public var hostPorts: [HostPort] = []
  /// PersistentVolumeClaims the Pod mounts.
  public var claimNames: [String] = []
  public var priority: Int64 = 0
  public var gracePeriodSeconds: Int64 = 30
  /// How often its containers were started again.
  public var restarts: Int64 = 0
  /// Why the Pod is not scheduled, as its condition says.
  public var unscheduledMessage = ""

  public init() {}

  /// - Parameter podName: claims of ephemeral volumes are named after it.
  public init(spec: JSON?, status: JSON?, podName: String) {
    schedulerName = spec?["schedulerName"]?.string ?? PodScheduling.defaultScheduler
    isGated = !(spec?["schedulingGates"]?.array ?? []).isEmpty
    nodeSelector = spec?["nodeSelector"]?.stringMap ?? [:]
    nodeTerms =
      spec?[
        path: "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms"]?.array?.map(NodeSelectorTerm.init(json:))
    tolerations = (spec?["tolerations"]?.array ?? []).map(Toleration.init(json:))
    requests = ResourceAmounts(podSpec: spec)
    for volume in spec?["volumes"]?.array ?? [] {
      if let name = volume[path: "persistentVolumeClaim", "claimName"]?.string {
        claimNames.append(name)
      } else if volume["ephemeral"] != nil, let name = volume["name"]?.string {
        claimNames.append("\(podName)-\(name)")
      }
    }
    priority = spec?["priority"]?.integer ?? 0
    gracePeriodSeconds = spec?["terminationGracePeriodSeconds"]?.integer ?? 30
    let containers = spec?["containers"]?.array ?? []
    for port in containers.flatMap({ $0["ports"]?.array ?? [] }) {
      guard let number = port["hostPort"]?.integer, number > 0 else { continue }
      hostPorts.append(
        HostPort(
          address: port["hostIP"]?.string ?? "",
          transport: port["protocol"]?.string.flatMap(TransportProtocol.init) ?? .tcp,
          port: UInt16(clamping: number)))
    }
    for state in status?["containerStatuses"]?.array ?? [] {
      restarts += max(0, min(state["restartCount"]?.integer ?? 0, Int64(Int32.max)))
    }
    let scheduled = status?["conditions"]?.array?.first { $0["type"]?.string == "PodScheduled" }
    if scheduled?["status"]?.string == "False" {
      unscheduledMessage = scheduled?["message"]?.string ?? ""
    }
  }
}
