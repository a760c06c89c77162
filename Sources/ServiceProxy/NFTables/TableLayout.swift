import KubernetesAPI
import Netlink

/// Our tables' fixed part: what every packet goes through.
package enum TableLayout {
  /// Of the table, in the families ip and ip6.
  package static let table = "rollcall-proxy"
  /// Changes whenever a set's shape does: a table of another layout is replaced, not adopted.
  package static let marker = "layout-1"

  static let markOffCluster = "mark-off-cluster"
  static let services = "services"
  static let unserved = "unserved"
  static let reject = "reject"
  static let firewall = "firewall"
  static let learn = "learn"
  static let untranslatable = "untranslatable"

  /// Before the destination is replaced (NF_IP_PRI_NAT_DST is -100).
  private static let early: Int32 = -110
  private static let translation: Int32 = -100
  private static let late: Int32 = -90
  private static let sourceTranslation: Int32 = 100

  private static let frontend: [PacketField] = [
    .destination, .transport, .destinationPort,
  ]
  private static let port: [PacketField] = [.transport, .destinationPort]
  private static let originalPort: [PacketField] = [
    .transport, .originalDestinationPort,
  ]
  private static let backend: [PacketField] = [.source, .transport, .sourcePort]

  /// In an order in which no chain is named before it exists.
  static func chains(_ family: IPAddress.Family, _ settings: TableSettings) -> [TableChain] {
    helpers(family, settings) + hooks(settings)
  }

  private static func helpers(
    _ family: IPAddress.Family, _ settings: TableSettings
  ) -> [TableChain] {
    let ranges = settings.podRanges.filter { $0.family == family }
    return [
      TableChain(marker, rules: []),
      TableChain(
        markOffCluster,
        rules: ranges.map { [.sourceIn($0), .verdict(.returns)] }
          + [[.mark(settings.masqueradeBit)]]),
      TableChain(reject, rules: [[.isTCP, .reset], [.reject]]),
      TableChain(
        services,
        rules: [
          [.dispatch(.services, frontend)],
          [.member(.nodePortAddresses, [.destination], true), .dispatch(.nodePorts, port)],
        ]),
      TableChain(
        unserved,
        rules: [
          [.dispatch(.unserved, frontend)],
          [.member(.nodePortAddresses, [.destination], true), .dispatch(.unservedNodePorts, port)],
          [
            .member(.clusterAddresses, [.destination], true), .destinationIsLocal(false),
            .verdict(.goto(reject)),
          ],
        ]),
      TableChain(
        firewall,
        rules: [
          [
            .member(.guarded, frontend, true), .member(.admitted, frontend + [.source], false),
            .verdict(.drop),
          ]
        ]),
      // Which endpoint a client got is known once the destination has been replaced.
      TableChain(
        learn,
        rules: [
          [.dispatch(.sticky, [.originalDestination] + originalPort)],
          [
            .member(.nodePortAddresses, [.originalDestination], true),
            .dispatch(.stickyNodePorts, originalPort),
          ],
        ]),
      // A segment conntrack does not understand would leave with an address its receiver never
      // spoke to, and the answer to that would end the connection.
      TableChain(
        untranslatable,
        rules: [
          [
            .member(.clusterAddresses, [.destination], true), .destinationIsLocal(false),
            .verdict(.drop),
          ],
          [.member(.externals, frontend, true), .verdict(.drop)],
          [
            .member(.nodePortAddresses, [.destination], true),
            .member(.knownNodePorts, port, true), .verdict(.drop),
          ],
          [.member(.backends, backend, true), .verdict(.drop)],
        ]),
    ]
  }

  private static func hooks(_ settings: TableSettings) -> [TableChain] {
    let guardRules: [[RuleStatement]] = [
      [.isInvalid, .verdict(.jump(untranslatable))], [.isNew, .verdict(.jump(firewall))],
    ]
    let learnRules: [[RuleStatement]] = [[.isNew, .isTranslated, .verdict(.jump(learn))]]
    let unservedRules: [[RuleStatement]] = [[.isNew, .verdict(.jump(unserved))]]
    let serviceRules: [[RuleStatement]] = [[.verdict(.jump(services))]]
    func filter(
      _ name: String, _ point: ChainHook.Point, _ priority: Int32, _ rules: [[RuleStatement]]
    ) -> TableChain {
      TableChain(
        name, hook: ChainHook(.filter, point, priority), rules: rules)
    }
    func nat(
      _ name: String, _ point: ChainHook.Point, _ priority: Int32, _ rules: [[RuleStatement]]
    ) -> TableChain {
      TableChain(name, hook: ChainHook(.nat, point, priority), rules: rules)
    }
    return [
      filter("filter-prerouting", .prerouting, early, guardRules),
      filter("filter-output", .output, early, guardRules),
      filter("filter-input", .input, early, unservedRules),
      filter("filter-forward", .forward, early, unservedRules),
      filter("filter-prerouting-translated", .prerouting, late, learnRules),
      filter("filter-output-translated", .output, late, unservedRules + learnRules),
      nat("nat-prerouting", .prerouting, translation, serviceRules),
      nat("nat-output", .output, translation, serviceRules),
      nat(
        "nat-postrouting", .postrouting, sourceTranslation,
        [
          [
            .isMarked(settings.masqueradeBit), .unmark(settings.masqueradeBit), .masquerade,
          ],
          [.isTranslated, .member(.hairpins, [.source, .destination], true), .masquerade],
        ]),
    ]
  }
}
