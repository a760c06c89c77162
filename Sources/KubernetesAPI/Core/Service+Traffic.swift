import JSONTree

extension Service {
  /// How traffic to a Service's addresses is treated.
  public struct Traffic: Sendable, Hashable {
    public enum Policy: String, Sendable, Hashable {
      case cluster = "Cluster"
      case local = "Local"
    }

    public var internalPolicy = Policy.cluster
    public var externalPolicy = Policy.cluster
    /// Seconds a client stays with its endpoint; nil without session affinity.
    public var affinityTimeout: UInt32?
    /// CIDRs as text, from `spec.loadBalancerSourceRanges` or the annotation before it.
    public var sourceRanges: [String] = []
    /// 0 where none is allocated.
    public var healthCheckNodePort: UInt16 = 0
    public var loadBalancerClass: String?
    /// Of `status.loadBalancer.ingress`, the addresses whose load balancer keeps the destination
    /// (ipMode VIP, the default), so that nodes answer on them.
    public var virtualAddresses: [String] = []

    public init() {}

    init(spec: JSON?, status: JSON?) {
      internalPolicy = spec?["internalTrafficPolicy"]?.string.flatMap(Policy.init) ?? .cluster
      externalPolicy = spec?["externalTrafficPolicy"]?.string.flatMap(Policy.init) ?? .cluster
      if spec?["sessionAffinity"]?.string == "ClientIP" {
        let seconds = spec?[path: "sessionAffinityConfig", "clientIP", "timeoutSeconds"]?.integer
        affinityTimeout = UInt32(clamping: seconds ?? Self.defaultAffinityTimeout)
      }
      sourceRanges = spec?["loadBalancerSourceRanges"]?.strings ?? []
      healthCheckNodePort = UInt16(clamping: spec?["healthCheckNodePort"]?.integer ?? 0)
      loadBalancerClass = spec?["loadBalancerClass"]?.string
      let ingress = status?[path: "loadBalancer", "ingress"]?.array ?? []
      virtualAddresses = ingress.compactMap { item in
        (item["ipMode"]?.string ?? "VIP") == "VIP" ? item["ip"]?.string : nil
      }
    }

    /// `sessionAffinityConfig.clientIP.timeoutSeconds` where none is given: three hours.
    public static let defaultAffinityTimeout: Int64 = 10_800

    func write(to spec: inout JSONObject) {
      if internalPolicy == .local { spec["internalTrafficPolicy"] = "Local" }
      if externalPolicy == .local { spec["externalTrafficPolicy"] = "Local" }
      if let affinityTimeout {
        spec["sessionAffinity"] = "ClientIP"
        spec["sessionAffinityConfig"] = [
          "clientIP": ["timeoutSeconds": .integer(Int64(affinityTimeout))]
        ]
      }
      spec["loadBalancerSourceRanges"] = JSON(nonEmpty: sourceRanges)
      if healthCheckNodePort > 0 {
        spec["healthCheckNodePort"] = .integer(Int64(healthCheckNodePort))
      }
      spec["loadBalancerClass"] = loadBalancerClass.map { .string($0) }
    }
  }
}
