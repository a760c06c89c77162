import KubernetesAPI
import KubernetesClient
import Telemetry

extension ProxyCore {
  /// Services of one transaction at a cold start: the first of them work while the last are
  /// computed.
  private static let servicesPerTransaction = 2_000
  /// All elements are compared only when somebody changed a table, and then so seldom that it
  /// takes one part of this many of the time.
  private static let verificationShare = 20
  private static let shortestPause = Duration.seconds(2)

  // MARK: The usual case

  /// Carries out the difference.
  func advance(
    _ state: inout State, _ addresses: Set<IPAddress>?, _ report: inout Report
  ) throws(TableError) {
    let changes = state.model.takeChanges()
    note(changes, state, &report)
    var plan = state.program.plan(changes)
    if let addresses {
      plan.transaction.operations +=
        state.program.plan(nodePortAddresses: addresses).operations
    }
    for part in plan.transaction.chainsFirst() { try commit(part, &state) }
    try forgetStaleAffinity(&state, plan.sticky)
    try endStaleFlows(&state, plan.flows)
  }

  /// Clients whose endpoint does not serve them any more choose again.
  private func forgetStaleAffinity(
    _ state: inout State, _ rules: [FrontendRule]
  ) throws(TableError) {
    for family in Set(rules.map(\.frontend.family)) {
      let stale = StaleAffinity.find(
        in: try tables.remembered(family), rules,
        nodeAddresses: state.program.nodePortAddresses,
        podRanges: state.program.settings.podRanges)
      // One by one: what expires meanwhile is not there to be deleted.
      for element in stale {
        var transaction = TableTransaction()
        transaction.append(.deleteElements(family, .affinity, [SetElement(element.key)]))
        do throws(TableError) {
          try commit(transaction, &state)
        } catch  where error.code == .missing {}
      }
    }
  }

  private func note(
    _ changes: [ProxyModel.Change], _ state: State, _ report: inout Report
  ) {
    for change in changes where !change.losses.isEmpty {
      guard let service = state.model.service(change.service) else { continue }
      report.losses += change.losses.map { (service, $0) }
    }
  }

  /// Commits and remembers by what number the kernel knows the tables afterwards.
  private func commit(
    _ transaction: TableTransaction, _ state: inout State
  ) throws(TableError) {
    guard !transaction.isEmpty else { return }
    let before = try tables.generation()
    // Somebody else has been here: `check` looks what they did.
    let isOurs = state.generation == nil || state.generation == before
    try tables.commit(transaction)
    let after = try tables.generation()
    state.generation = isOurs && after == before &+ 1 ? after : before
    state.metrics.elementsChanged += UInt64(transaction.elementCount)
  }

  // MARK: Start, and after a failure

  /// Reads the tables, and carries out what differs from all we know.
  func adopt(
    _ state: inout State, _ addresses: Set<IPAddress>?, _ report: inout Report
  ) throws(TableError) {
    let known = addresses ?? state.program.nodePortAddresses
    var program = TableProgram(
      settings: state.program.settings, families: state.program.families)
    var existing: [IPAddress.Family: TableContent] = [:]
    for family in program.families { existing[family] = try tables.content(of: family) }
    state.generation = nil
    _ = state.model.takeChanges()
    let changes = state.model.allChanges()
    note(changes, state, &report)
    var plans: [TableProgram.Plan] = []
    if let plan = replaceAtOnce(existing, changes, known, &program, &state) {
      plans = [plan]
    } else {
      try commit(program.adopt(existing), &state)
      for start in stride(from: 0, to: changes.count, by: Self.servicesPerTransaction) {
        let some = Array(changes[start..<min(start + Self.servicesPerTransaction, changes.count)])
        plans += try apply(some, &program, &state, &report)
      }
      try commit(program.plan(nodePortAddresses: known), &state)
    }
    var flows = plans.flatMap(\.flows)
    let end = program.finishAdoption()
    try commit(end.elements.transaction, &state)
    flows += end.elements.flows
    // A chain that an element named a moment ago may count as named for a while longer.
    try? commit(end.chains, &state)
    state.program = program
    state.isAdopted = true
    try forgetStaleAffinity(&state, plans.flatMap(\.sticky))
    try endStaleFlows(&state, flows)
  }

  /// Where an instance with another layout was before us: deletes its tables and makes ours with
  /// all that is in them in one transaction, because packets come all the while. Nil where there is
  /// nothing to replace, or where the kernel refuses it as a whole.
  private func replaceAtOnce(
    _ existing: [IPAddress.Family: TableContent], _ changes: [ProxyModel.Change],
    _ addresses: Set<IPAddress>, _ program: inout TableProgram, _ state: inout State
  ) -> TableProgram.Plan? {
    guard existing.values.contains(where: { !$0.chains.contains(TableLayout.marker) }) else {
      return nil
    }
    var trial = program
    var whole = trial.adopt(existing)
    let plan = trial.plan(changes)
    whole += plan.transaction
    whole += trial.plan(nodePortAddresses: addresses)
    do throws(TableError) {
      try commit(whole, &state)
    } catch {
      state.metrics.syncFailures += 1
      return nil
    }
    program = trial
    return plan
  }

  /// Carries out many Services at once; where the kernel refuses, one by one, so that one it
  /// cannot take does not keep the others out.
  private func apply(
    _ changes: [ProxyModel.Change], _ program: inout TableProgram, _ state: inout State,
    _ report: inout Report
  ) throws(TableError) -> [TableProgram.Plan] {
    var trial = program
    let plan = trial.plan(changes)
    do throws(TableError) {
      for part in plan.transaction.chainsFirst() { try commit(part, &state) }
      program = trial
      return [plan]
    } catch {
      state.metrics.syncFailures += 1
      guard changes.count > 1 else {
        guard let change = changes.first, let service = state.model.service(change.service) else {
          throw error
        }
        report.refused.append((service, error))
        return []
      }
    }
    var plans: [TableProgram.Plan] = []
    for change in changes { plans += try apply([change], &program, &state, &report) }
    return plans
  }

  // MARK: Flows

  /// Ends the flows that break the rules, and has all looked at again before long: packets that
  /// were under way may make flows still.
  func endStaleFlows(_ state: inout State, _ rules: [FlowRule]) throws(TableError) {
    guard flows != nil, !rules.isEmpty else { return }
    var demands: [Frontend: FlowRule.Demand] = [:]
    for rule in rules {
      demands[rule.frontend] = demands[rule.frontend]?.merged(with: rule.demand) ?? rule.demand
    }
    for (frontend, demand) in demands {
      state.recheck[frontend] = State.Recheck(demand: demand, isRipe: !demand.isPatient)
    }
    try end(demands.filter { !$0.value.isPatient }, &state)
  }

  /// Looks once more at what changed before.
  func recheckFlows(_ state: inout State) throws(TableError) {
    let ripe = state.recheck.filter(\.value.isRipe)
    state.recheck = state.recheck.filter { !$0.value.isRipe }
      .mapValues { State.Recheck(demand: $0.demand, isRipe: true) }
    try end(ripe.mapValues(\.demand), &state)
  }

  private struct FlowKind: Hashable {
    var family: IPAddress.Family
    var transport: TransportProtocol
  }

  private func end(
    _ demands: [Frontend: FlowRule.Demand], _ state: inout State
  ) throws(TableError) {
    guard let flows, !demands.isEmpty else { return }
    let start = time.uptime()
    for kind in Set(
      demands.keys.map { FlowKind(family: $0.family, transport: $0.transport) })
    {
      // Answered flows of TCP and SCTP are never stale.
      let found = try flows.flows(
        kind.family, kind.transport, unanswered: kind.transport != .udp)
      let stale = StaleFlows.find(
        in: found, demands, nodeAddresses: state.program.nodePortAddresses)
      for flow in stale { try flows.delete(flow, kind.family) }
      state.metrics.conntrackDeleted += UInt64(stale.count)
    }
    state.metrics.conntrackDuration.add(time.uptime() - start)
  }

  // MARK: Others

  /// Whether our tables are as we left them.
  func isIntact(_ state: inout State) throws(TableError) -> Bool {
    let generation = try tables.generation()
    if generation == state.generation { return true }
    for family in state.program.families {
      guard let outline = try tables.outline(of: family),
        outline.covers(state.program.outline(of: family))
      else { return false }
    }
    let start = time.uptime()
    if let next = state.nextVerification, start < next { return true }
    let expected = state.program.expected()
    for family in state.program.families {
      guard try tables.content(of: family)?.sets == expected[family]?.sets else { return false }
    }
    let end = time.uptime()
    state.nextVerification = end + max(Self.shortestPause, (end - start) * Self.verificationShare)
    state.generation = generation
    return true
  }
}
