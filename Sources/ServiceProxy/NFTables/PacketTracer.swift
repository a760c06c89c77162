package import KubernetesAPI
import Netlink

/// Follows a packet through tables in memory: says where it would arrive, and from whom it would
/// seem to come.
package struct PacketTracer: Sendable {
  package struct Packet: Sendable, Hashable {
    package enum State: Sendable, Hashable { case new, established, invalid }

    package var source: IPAddress
    package var sourcePort: UInt16
    package var destination: IPAddress
    package var destinationPort: UInt16
    package var transport: TransportProtocol
    package var state: State

    package init(
      from source: IPAddress, _ sourcePort: UInt16 = 40_000, to destination: IPAddress,
      _ destinationPort: UInt16, _ transport: TransportProtocol = .tcp, state: State = .new
    ) {
      self.source = source
      self.sourcePort = sourcePort
      self.destination = destination
      self.destinationPort = destinationPort
      self.transport = transport
      self.state = state
    }
  }

  package enum Outcome: Sendable, Hashable {
    /// Nothing of ours touched the destination.
    case untouched
    case delivered(Backend, masqueraded: Bool)
    case rejected(by: String)
    case dropped(by: String)
  }

  private let tables: FakeTables
  /// Addresses of the node itself.
  package var nodeAddresses: Set<IPAddress>

  package init(_ tables: FakeTables, nodeAddresses: Set<IPAddress>) {
    self.tables = tables
    self.nodeAddresses = nodeAddresses
  }

  /// Every outcome the random choice of an endpoint allows.
  package func outcomes(_ packet: Packet) -> Set<Outcome> {
    var outcomes: Set<Outcome> = []
    var choices = 1
    var choice = 0
    while choice < choices {
      outcomes.insert(
        outcome(packet) { count in
          choices = max(choices, count)
          return choice % count
        })
      choice += 1
    }
    return outcomes
  }

  /// - Parameter choose: picks a slot below the number it is given.
  package func outcome(_ packet: Packet, choose: (Int) -> Int) -> Outcome {
    guard let table = tables.table(packet.destination.family) else { return .untouched }
    var walk = Walk(packet: packet, table: table, nodeAddresses: nodeAddresses)
    let fromNode = nodeAddresses.contains(packet.source)
    for point in fromNode ? [ChainHook.Point.output] : [.prerouting] {
      if let end = walk.run(point, choose) { return end }
    }
    let arrivesHere = nodeAddresses.contains(walk.packet.destination)
    if !fromNode, let end = walk.run(arrivesHere ? .input : .forward, choose) { return end }
    if fromNode || !arrivesHere, let end = walk.run(.postrouting, choose) { return end }
    guard let backend = walk.backend else { return .untouched }
    return .delivered(backend, masqueraded: walk.isMasqueraded)
  }
}

/// A packet on its way, with what the rules did to it.
private struct Walk {
  var packet: PacketTracer.Packet
  let original: PacketTracer.Packet
  let table: FakeTables.Table
  let nodeAddresses: Set<IPAddress>
  var mark: UInt32 = 0
  var backend: Backend?
  var isMasqueraded = false

  private enum Step {
    case next
    case breaks
    case returns
    case end(PacketTracer.Outcome?)
  }

  init(packet: PacketTracer.Packet, table: FakeTables.Table, nodeAddresses: Set<IPAddress>) {
    self.packet = packet
    original = packet
    self.table = table
    self.nodeAddresses = nodeAddresses
  }

  /// Nil where the packet goes on.
  mutating func run(
    _ point: ChainHook.Point, _ choose: (Int) -> Int
  ) -> PacketTracer.Outcome? {
    let hooked = table.chains.filter { $0.value.hook?.point == point }
      .sorted { ($0.value.hook?.priority ?? 0) < ($1.value.hook?.priority ?? 0) }
    for (name, chain) in hooked {
      // Only a connection's first packet sees chains that translate.
      if chain.hook?.kind == .nat, packet.state != .new { continue }
      if case .end(let outcome?) = run(chain: name, choose) { return outcome }
    }
    return nil
  }

  private mutating func run(chain: String, _ choose: (Int) -> Int) -> Step {
    for rule in table.chains[chain]?.rules ?? [] {
      statements: for statement in rule {
        switch apply(statement, in: chain, choose) {
        case .next: continue
        case .breaks: break statements
        case .returns: return .next
        case .end(let outcome): return .end(outcome)
        }
      }
    }
    return .next
  }

  private func value(_ field: PacketField, to key: inout [UInt8]) {
    switch field {
    case .source: SetKey.append(packet.source, to: &key)
    case .destination: SetKey.append(packet.destination, to: &key)
    case .transport: SetKey.append(packet.transport, to: &key)
    case .originalDestination: SetKey.append(original.destination, to: &key)
    case .originalDestinationPort: SetKey.append(port: original.destinationPort, to: &key)
    case .sourcePort: SetKey.append(port: packet.sourcePort, to: &key)
    case .destinationPort: SetKey.append(port: packet.destinationPort, to: &key)
    }
  }

  private func key(_ fields: [PacketField]) -> [UInt8] {
    fields.reduce(into: []) { value($1, to: &$0) }
  }

  private func holds(_ set: ProxySet, _ key: [UInt8]) -> Bool {
    guard let elements = table.sets[set] else { return false }
    if !set.hasRanges { return elements[key] != nil }
    return elements.values.contains { element in
      guard let end = element.keyEnd else { return false }
      return !key.lexicographicallyPrecedes(element.key) && !end.lexicographicallyPrecedes(key)
    }
  }

  private mutating func apply(
    _ statement: RuleStatement, in chain: String, _ choose: (Int) -> Int
  ) -> Step {
    func test(_ holds: Bool) -> Step { holds ? .next : .breaks }
    switch statement {
    case .isInvalid: return test(packet.state == .invalid)
    case .isNew: return test(packet.state == .new)
    case .isTCP: return test(packet.transport == .tcp)
    case .isTranslated: return test(backend != nil)
    case .sourceIn(let range): return test(range.contains(packet.source))
    case .sourceIsLocal: return test(nodeAddresses.contains(packet.source))
    case .destinationIsLocal(let isLocal):
      return test(nodeAddresses.contains(packet.destination) == isLocal)
    case .member(let set, let fields, let isMember):
      return test(holds(set, key(fields)) == isMember)
    case .dispatch(let map, let fields):
      let found = table.sets[map]?[key(fields)]?.value
      guard case .verdict(let verdict) = found else { return .breaks }
      return judge(verdict, in: chain, choose)
    case .isMarked(let bit): return test(mark & bit != 0)
    case .mark(let bit): mark |= bit
    case .unmark(let bit): mark &= ~bit
    case .translate(let map, let count): return translate(map, slot: choose(count))
    case .remember: return .next
    // Nothing is remembered here: a trace tells where a new client may arrive.
    case .translateRemembered: return .breaks
    case .masquerade:
      isMasqueraded = true
      return .end(nil)
    case .reject, .reset: return .end(.rejected(by: chain))
    case .verdict(let verdict): return judge(verdict, in: chain, choose)
    }
    return .next
  }

  private mutating func translate(_ map: ProxySet, slot: Int) -> Step {
    var key = key(
      map.key.first == .address
        ? [.destination, .transport, .destinationPort] : [.transport, .destinationPort])
    SetKey.append(slot: slot, to: &key)
    guard case .backend(let value) = table.sets[map]?[key]?.value,
      let found = SetKey.backend(value)
    else { return .breaks }
    backend = found
    packet.destination = found.address
    packet.destinationPort = found.port
    return .end(nil)
  }

  private mutating func judge(
    _ verdict: Verdict, in chain: String, _ choose: (Int) -> Int
  ) -> Step {
    switch verdict {
    case .drop: return .end(.dropped(by: chain))
    case .returns: return .returns
    case .jump(let name): return run(chain: name, choose)
    case .goto(let name):
      if case .end(let outcome) = run(chain: name, choose) { return .end(outcome) }
      return .returns
    }
  }
}
