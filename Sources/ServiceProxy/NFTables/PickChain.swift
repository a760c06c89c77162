import KubernetesAPI
import Netlink

/// The chain that picks an endpoint for every frontend of the same shape: what happens to the
/// source, and how many endpoints there are. Frontends differ in their map elements only.
struct PickChain: Sendable, Hashable {
  var scope: Route.Scope
  var isNodePort: Bool
  var count: Int
  var insideCount: Int
  var isSticky: Bool

  init(_ route: Route, isNodePort: Bool) {
    scope = route.scope
    self.isNodePort = isNodePort
    count = route.backends.count
    insideCount = route.inside.count
    isSticky = route.affinity != nil
  }

  private static let prefix = "pick-"

  var name: String {
    var parts = [isNodePort ? "pick-nodeport" : "pick", scope.rawValue, String(count)]
    if scope == .local { parts.append(String(insideCount)) }
    if isSticky { parts.append("sticky") }
    return parts.joined(separator: "-")
  }

  /// Whether a chain is one of these.
  static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

  func chain(_ family: IPAddress.Family, _ settings: TableSettings) -> TableChain {
    var rules: [[RuleStatement]] = []
    switch scope {
    case .cluster:
      if settings.masqueradeAll {
        rules.append([.mark(settings.masqueradeBit)])
      } else if settings.podRanges.contains(where: { $0.family == family }) {
        rules.append([.verdict(.jump(TableLayout.markOffCluster))])
      }
      rules += picks([], inside: false)
    case .external:
      rules.append([.mark(settings.masqueradeBit)])
      rules += picks([], inside: false)
    case .local:
      if insideCount > 0 {
        for range in settings.podRanges where range.family == family {
          rules += picks([.sourceIn(range)], inside: true)
        }
        rules.append([.sourceIsLocal, .mark(settings.masqueradeBit)])
        rules += picks([.sourceIsLocal], inside: true)
      }
      if count > 0 { rules += picks([], inside: false) }
    }
    return TableChain(name, rules: rules)
  }

  private func picks(_ tests: [RuleStatement], inside: Bool) -> [[RuleStatement]] {
    let count = inside ? insideCount : count
    let map = ProxySet.endpoints(isNodePort: isNodePort, inside: inside)
    var rules = [tests + [.translate(map, count: count)]]
    // A packet that is in this chain while the slots become fewer may have picked one that is gone.
    if count > 1 { rules.append(tests + [.translate(map, count: 1)]) }
    if isSticky { rules.insert(tests + [.translateRemembered], at: 0) }
    return rules
  }
}

extension ProxySet {
  static func endpoints(isNodePort: Bool, inside: Bool) -> ProxySet {
    switch (isNodePort, inside) {
    case (false, false): .endpoints
    case (false, true): .insideEndpoints
    case (true, false): .nodePortEndpoints
    case (true, true): .nodePortInsideEndpoints
    }
  }
}

/// The chain that notes the endpoint of a client for a time.
enum LearnChain {
  private static let prefix = "learn-"

  static func name(seconds: UInt32) -> String { prefix + String(seconds) }

  static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) }

  static func chain(seconds: UInt32) -> TableChain {
    TableChain(name(seconds: seconds), rules: [[.remember(seconds: seconds)]])
  }
}
