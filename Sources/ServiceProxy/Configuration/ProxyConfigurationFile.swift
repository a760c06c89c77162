package import JSONTree
package import KubernetesAPI

/// kube-proxy's configuration file (kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration), as
/// far as it says something about this proxy. Fields of other modes are accepted and mean nothing.
package struct ProxyConfigurationFile: Sendable, Equatable {
  package var kubeconfig: String?
  package var hostnameOverride: String?
  package var clusterCIDRs: [CIDR] = []
  /// Nil for the default.
  package var nodePorts: NodePortPolicy?
  package var healthzBindAddress: String?
  package var metricsBindAddress: String?
  package var masqueradeBit: UInt32?
  package var masqueradeAll = false
  /// Pods are told by the Node's own ranges (`detectLocalMode: NodeCIDR`).
  package var usesNodeRanges = false
  package var minSyncPeriod: Duration?
  /// What the file says that the proxy does not know, or does not do.
  package var remarks: [String] = []

  /// Why a file cannot be used; one line.
  package struct ReadError: Error, Equatable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
  }

  package init() {}

  /// Reads YAML or JSON.
  package init(yaml: String) throws(ReadError) {
    let json: JSON
    do throws(YAMLParseError) {
      json = try JSON(yaml: yaml)
    } catch {
      throw ReadError("\(error)")
    }
    try self.init(json: json)
  }

  package init(json: JSON) throws(ReadError) {
    guard json["kind"]?.string == "KubeProxyConfiguration",
      json["apiVersion"]?.string == "kubeproxy.config.k8s.io/v1alpha1"
    else {
      throw ReadError(
        "it is no kubeproxy.config.k8s.io/v1alpha1 KubeProxyConfiguration")
    }
    for key in (json.object ?? JSONObject()).map(\.key) where !Self.known.contains(key) {
      remarks.append("unknown field \"\(key)\"")
    }
    kubeconfig = Self.text(json[path: "clientConnection", "kubeconfig"])
    hostnameOverride = Self.text(json["hostnameOverride"])
    healthzBindAddress = Self.text(json["healthzBindAddress"])
    metricsBindAddress = Self.text(json["metricsBindAddress"])
    clusterCIDRs = try Self.ranges(
      Self.text(json["clusterCIDR"]).map(Self.list) ?? [], "clusterCIDR")
    nodePorts = try Self.nodePorts(json["nodePortAddresses"]?.strings ?? [])
    if let bit = json[path: "nftables", "masqueradeBit"]?.integer {
      guard (0...31).contains(bit) else {
        throw ReadError("nftables.masqueradeBit: Invalid value: \(bit): must be within [0, 31]")
      }
      masqueradeBit = 1 << UInt32(bit)
    }
    masqueradeAll = json[path: "nftables", "masqueradeAll"]?.bool ?? false
    if let text = Self.text(json[path: "nftables", "minSyncPeriod"]) {
      guard let period = Self.duration(text) else {
        throw ReadError("nftables.minSyncPeriod: Invalid value: \"\(text)\"")
      }
      minSyncPeriod = period
    }
    try readDetection(json["detectLocalMode"]?.string ?? "")
    if let mode = Self.text(json["mode"]), mode != "nftables" {
      remarks.append("mode \"\(mode)\" is not served: nftables is used")
    }
  }

  private mutating func readDetection(_ mode: String) throws(ReadError) {
    switch mode {
    case "", "ClusterCIDR": break
    case "NodeCIDR": usesNodeRanges = true
    case "BridgeInterface", "InterfaceNamePrefix":
      remarks.append("detectLocalMode \"\(mode)\" is not served: every source counts as local")
    default: throw ReadError("detectLocalMode: Unsupported value: \"\(mode)\"")
    }
  }

  private static let known: Set<String> = [
    "apiVersion", "kind", "bindAddress", "bindAddressHardFail", "clientConnection", "clusterCIDR",
    "configSyncPeriod", "conntrack", "detectLocal", "detectLocalMode", "enableProfiling",
    "featureGates", "healthzBindAddress", "hostnameOverride", "iptables", "ipvs", "linux",
    "logging", "metricsBindAddress", "mode", "nftables", "nodePortAddresses", "oomScoreAdj",
    "portRange", "showHiddenMetricsForVersion", "winkernel", "windowsRunAsService",
    "minSyncPeriod", "syncPeriod",
  ]

  private static func text(_ json: JSON?) -> String? {
    json?.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { String($0.filter { $0 != " " }) }
  }

  /// Ranges as an option gives them: `10.0.0.0/16,fd00::/48`.
  package static func ranges(_ texts: [String], _ name: String) throws(ReadError) -> [CIDR] {
    var found: [CIDR] = []
    for text in texts {
      guard let range = CIDR(text) else {
        throw ReadError("\(name): Invalid value: \"\(text)\": must be a valid CIDR block")
      }
      found.append(range)
    }
    return found
  }

  /// `primary`, or ranges.
  package static func nodePorts(_ texts: [String]) throws(ReadError) -> NodePortPolicy? {
    if texts.isEmpty { return nil }
    if texts == ["primary"] { return .primary }
    return .ranges(try ranges(texts, "nodePortAddresses"))
  }

  /// Go's spelling of durations, in hours, minutes, seconds and milliseconds: `1m30s`, `500ms`.
  static func duration(_ text: String) -> Duration? {
    var rest = text[...]
    var total = Duration.zero
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let value = Double(digits), value < 1e9 else { return nil }
      switch unit {
      case "h": total += .seconds(value * 3600)
      case "m": total += .seconds(value * 60)
      case "s": total += .seconds(value)
      case "ms": total += .milliseconds(value)
      case "" where value == 0: break
      default: return nil
      }
    }
    return total
  }
}
