package import KubernetesAPI

/// What our tables hold, as far as we know, and the transactions that bring them to what they
/// should hold. Carries only differences; never reads the tables after it has adopted them.
package struct TableProgram: Sendable {
  package let settings: TableSettings
  package let families: [IPAddress.Family]
  /// With the endpoints in their slots.
  package private(set) var rules: [ObjectKey: [FrontendRule]] = [:]
  package private(set) var nodePortAddresses: Set<IPAddress> = []
  private var shares: [PlacedElement.Place: Int32] = [:]
  /// Of the chains that pick endpoints, with how many rules each has.
  private var chains: [IPAddress.Family: [String: Int]] = [:]
  /// What the tables held when they were adopted and nothing has asked for since.
  private var leftover: [IPAddress.Family: [ProxySet: [[UInt8]: SetElement]]] = [:]
  private var leftoverChains: [IPAddress.Family: Set<String>] = [:]

  package struct Plan: Sendable {
    package var transaction = TableTransaction()
    /// What must hold of the flows of frontends that changed.
    package var flows: [FlowRule] = []
    /// Frontends with affinity whose endpoints changed.
    package var sticky: [FrontendRule] = []
  }

  package init(settings: TableSettings, families: [IPAddress.Family] = [.v4, .v6]) {
    self.settings = settings
    self.families = families
  }

  // MARK: Adoption

  /// Makes what every packet goes through and takes over what earlier tables hold.
  ///
  /// - Parameter existing: the tables as they are; a table of another layout is replaced, and then
  ///   what goes into the new one must be in the same transaction.
  package mutating func adopt(
    _ existing: [IPAddress.Family: TableContent]
  ) -> TableTransaction {
    var transaction = TableTransaction()
    for family in families {
      var content = existing[family]
      if let found = content, !found.chains.contains(TableLayout.marker) {
        transaction.append(.deleteTable(family, TableLayout.table))
        content = nil
      }
      transaction.append(.addTable(family))
      for set in ProxySet.allCases { transaction.append(.addSet(family, set)) }
      let known = content?.chains ?? []
      let fixed = TableLayout.chains(family, settings)
      // All before any rule, because rules name chains.
      for chain in fixed { transaction.define(chain, family) }
      for chain in fixed { transaction.addRules(chain, family) }
      leftover[family] = content?.sets ?? [:]
      leftoverChains[family] = known.filter { PickChain.isName($0) || LearnChain.isName($0) }
      chains[family] = [:]
    }
    return transaction
  }

  /// Takes away what was adopted and nothing has asked for. Two transactions, because chains can
  /// only go when the elements that name them have gone.
  package mutating func finishAdoption() -> (elements: Plan, chains: TableTransaction) {
    var plan = Plan()
    for family in families {
      let sets = leftover[family] ?? [:]
      for set in ProxySet.allCases where set != .nodePortAddresses && !set.isDynamic {
        guard let elements = sets[set], !elements.isEmpty else { continue }
        plan.transaction.append(
          .deleteElements(family, set, elements.values.map { SetElement($0.key, end: $0.keyEnd) }))
        plan.flows += FlowRule.gone(set, elements.values, family)
      }
      let addresses = sets[.nodePortAddresses] ?? [:]
      leftover[family] = addresses.isEmpty ? nil : [.nodePortAddresses: addresses]
    }
    var stale = TableTransaction()
    for family in families {
      for name in (leftoverChains[family] ?? []).subtracting((chains[family] ?? [:]).keys).sorted()
      {
        stale.append(.deleteChain(family, name))
      }
      leftoverChains[family] = nil
    }
    return (plan, stale)
  }

  // MARK: Changes

  /// The difference that brings the tables to new rules of some Services.
  package mutating func plan(_ changes: [ProxyModel.Change]) -> Plan {
    var plan = Plan()
    var delta = ElementDelta()
    // All that goes before anything that comes: a frontend may pass from one Service to another.
    var coming: [FrontendRule] = []
    for change in changes {
      let old = rules[change.service] ?? []
      let new = arranged(change.rules.filter { families.contains($0.frontend.family) }, old)
      guard old != new else { continue }
      plan.flows += FlowRule.changes(old, new) { wasAdopted($0) }
      for rule in old { rule.forEachElement { release($0, &delta) } }
      coming += new
      rules[change.service] = new.isEmpty ? nil : new
    }
    for rule in coming {
      if case .route(let route) = rule.treatment {
        require(route, rule.frontend, &plan.transaction)
        if route.affinity != nil { plan.sticky.append(rule) }
      }
      rule.forEachElement { take($0, &delta) }
    }
    delta.write(to: &plan.transaction)
    return plan
  }

  /// Makes the chains a route goes through, unless they are there.
  private mutating func require(
    _ route: Route, _ frontend: Frontend, _ transaction: inout TableTransaction
  ) {
    let family = frontend.family
    var needed = [
      PickChain(route, isNodePort: frontend.address == nil).chain(family, settings)
    ]
    if let seconds = route.affinity { needed.append(LearnChain.chain(seconds: seconds)) }
    for chain in needed where chains[family, default: [:]][chain.name] == nil {
      chains[family, default: [:]][chain.name] = chain.rules.count
      // One that was there may follow other settings than this start's.
      transaction.define(chain, family)
      transaction.addRules(chain, family)
    }
  }

  /// The difference that makes node ports be answered on these addresses.
  package mutating func plan(nodePortAddresses wanted: Set<IPAddress>) -> TableTransaction {
    var delta = ElementDelta()
    let wanted = wanted.filter { families.contains($0.family) }
    func placed(_ address: IPAddress) -> PlacedElement {
      PlacedElement(address.family, .nodePortAddresses, address.bytes)
    }
    for address in nodePortAddresses.subtracting(wanted) { delta.remove(placed(address)) }
    for address in wanted.subtracting(nodePortAddresses) {
      if leftover[address.family]?[.nodePortAddresses]?.removeValue(forKey: address.bytes) == nil {
        delta.add(placed(address))
      }
    }
    for family in families {
      for key in (leftover[family]?[.nodePortAddresses] ?? [:]).keys {
        delta.remove(PlacedElement(family, .nodePortAddresses, key))
      }
      leftover[family]?[.nodePortAddresses] = nil
    }
    nodePortAddresses = wanted
    var transaction = TableTransaction()
    delta.write(to: &transaction)
    return transaction
  }

  private mutating func take(_ placed: PlacedElement, _ delta: inout ElementDelta) {
    if placed.place.set.isShared {
      let count = (shares[placed.place] ?? 0) + 1
      shares[placed.place] = count
      if count > 1 { return }
    }
    let place = placed.place
    if let found = leftover[place.family]?[place.set]?.removeValue(forKey: place.key) {
      if found.value == placed.value, found.keyEnd == placed.keyEnd { return }
      delta.replace(found, with: placed)
      return
    }
    delta.add(placed)
  }

  private mutating func release(_ placed: PlacedElement, _ delta: inout ElementDelta) {
    if placed.place.set.isShared {
      let count = (shares[placed.place] ?? 1) - 1
      shares[placed.place] = count > 0 ? count : nil
      if count > 0 { return }
    }
    delta.remove(placed)
  }

  // MARK: Slots

  private func arranged(_ rules: [FrontendRule], _ old: [FrontendRule]) -> [FrontendRule] {
    rules.map { rule in
      guard case .route(var route) = rule.treatment else { return rule }
      var before: Route?
      if let previous = old.first(where: { $0.frontend == rule.frontend }) {
        if case .route(let route) = previous.treatment { before = route }
      }
      route.backends = SlotOrder.arrange(
        route.backends, keeping: before?.backends ?? adopted(rule.frontend, inside: false))
      route.inside = SlotOrder.arrange(
        route.inside, keeping: before?.inside ?? adopted(rule.frontend, inside: true))
      var rule = rule
      rule.treatment = .route(route)
      return rule
    }
  }

  /// The slots of a frontend in the tables that were adopted.
  private func adopted(_ frontend: Frontend, inside: Bool) -> [Backend] {
    let map = ProxySet.endpoints(isNodePort: frontend.address == nil, inside: inside)
    guard let elements = leftover[frontend.family]?[map], !elements.isEmpty else { return [] }
    let prefix = SetKey.frontend(frontend)
    var slots: [Backend] = []
    while true {
      var key = prefix
      SetKey.append(slot: slots.count, to: &key)
      guard case .backend(let value) = elements[key]?.value, let backend = SetKey.backend(value)
      else { return slots }
      slots.append(backend)
    }
  }

  /// Whether the tables that were adopted answer the frontend.
  private func wasAdopted(_ frontend: Frontend) -> Bool {
    let key = SetKey.frontend(frontend)
    let sets: [ProxySet] =
      frontend.address == nil ? [.nodePorts, .unservedNodePorts] : [.services, .unserved]
    return sets.contains { leftover[frontend.family]?[$0]?[key] != nil }
  }

  // MARK: Checking

  /// How much of everything a table should have at least; stale chains may come on top.
  package func outline(of family: IPAddress.Family) -> TableOutline {
    let fixed = TableLayout.chains(family, settings)
    let picks = chains[family] ?? [:]
    return TableOutline(
      chains: fixed.count + picks.count,
      rules: fixed.reduce(0) { $0 + $1.rules.count } + picks.values.reduce(0, +),
      sets: ProxySet.allCases.count)
  }

  /// What the tables should hold, to compare with what they do hold.
  package func expected() -> [IPAddress.Family: TableContent] {
    var all: [IPAddress.Family: TableContent] = [:]
    for family in families {
      var content = TableContent()
      content.chains = Set(TableLayout.chains(family, settings).map(\.name))
        .union((chains[family] ?? [:]).keys).union(leftoverChains[family] ?? [])
      for set in ProxySet.allCases where !set.isDynamic { content.sets[set] = [:] }
      all[family] = content
    }
    for rule in rules.values.joined() {
      rule.forEachElement { placed in
        all[placed.place.family]?.sets[placed.place.set]?[placed.place.key] = placed.element
      }
    }
    for address in nodePortAddresses {
      let key = address.bytes
      all[address.family]?.sets[.nodePortAddresses]?[key] = SetElement(key)
    }
    return all
  }
}
