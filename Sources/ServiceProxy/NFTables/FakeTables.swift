package import KubernetesAPI
import Netlink
import Synchronization

/// Tables in memory that accept and refuse what the kernel's would.
package final class FakeTables: TableExecutor {
  struct Chain: Sendable {
    var hook: ChainHook?
    var rules: [[RuleStatement]] = []
  }

  struct Table: Sendable {
    var chains: [String: Chain] = [:]
    var sets: [ProxySet: [[UInt8]: SetElement]] = [:]
  }

  private struct State: Sendable {
    var tables: [IPAddress.Family: Table] = [:]
    var foreign: Set<String> = []
    var generation: UInt32 = 1
    var refusals: [TableError] = []
  }

  private let state = Mutex(State())

  package init() {}

  func table(_ family: IPAddress.Family) -> Table? { state.withLock { $0.tables[family] } }

  /// Lets the next transaction fail.
  package func refuseNext(_ error: TableError) { state.withLock { $0.refusals.append(error) } }

  /// Removes a table behind the proxy's back.
  package func flush(_ family: IPAddress.Family) {
    state.withLock { state in
      state.tables[family] = nil
      state.generation &+= 1
    }
  }

  package func generation() -> UInt32 { state.withLock(\.generation) }

  package func content(of family: IPAddress.Family) -> TableContent? {
    state.withLock { state in
      guard let table = state.tables[family] else { return nil }
      var content = TableContent()
      content.chains = Set(table.chains.keys)
      content.sets = table.sets.filter { !$0.key.isDynamic }
      return content
    }
  }

  package func remembered(_ family: IPAddress.Family) -> [SetElement] {
    state.withLock { Array($0.tables[family]?.sets[.affinity]?.values ?? [:].values) }
  }

  package func outline(of family: IPAddress.Family) -> TableOutline? {
    state.withLock { state in
      state.tables[family].map { table in
        TableOutline(
          chains: table.chains.count,
          rules: table.chains.values.reduce(0) { $0 + $1.rules.count }, sets: table.sets.count)
      }
    }
  }

  package func commit(_ transaction: TableTransaction) throws(TableError) {
    let result = state.withLock { state -> Result<Void, TableError> in
      if !state.refusals.isEmpty { return .failure(state.refusals.removeFirst()) }
      var tables = state.tables
      do throws(TableError) {
        for operation in transaction.operations { try Self.apply(operation, to: &tables) }
        for (family, table) in tables { try Self.check(table, family) }
      } catch {
        return .failure(error)
      }
      state.tables = tables
      state.generation &+= 1
      return .success(())
    }
    try result.get()
  }

  private static func apply(
    _ operation: TableTransaction.Operation, to tables: inout [IPAddress.Family: Table]
  ) throws(TableError) {
    switch operation {
    case .addTable(let family): if tables[family] == nil { tables[family] = Table() }
    case .deleteTable(let family, let name):
      guard name == TableLayout.table, tables[family] != nil else {
        throw TableError(.missing, "no table \(name)")
      }
      tables[family] = nil
    case .addSet(let family, let set):
      try edit(family, &tables) { table throws(TableError) in
        if table.sets[set] == nil { table.sets[set] = [:] }
      }
    case .addChain(let family, let name, let hook):
      try edit(family, &tables) { table throws(TableError) in
        if table.chains[name] == nil { table.chains[name] = Chain(hook: hook) }
      }
    case .flushChain(let family, let name):
      try edit(family, &tables) { table throws(TableError) in
        guard table.chains[name] != nil else { throw TableError(.missing, "no chain \(name)") }
        table.chains[name]?.rules = []
      }
    case .deleteChain(let family, let name):
      try edit(family, &tables) { table throws(TableError) in
        guard table.chains[name] != nil else { throw TableError(.missing, "no chain \(name)") }
        table.chains[name] = nil
      }
    case .addRule(let family, let chain, let rule):
      try edit(family, &tables) { table throws(TableError) in
        guard table.chains[chain] != nil else { throw TableError(.missing, "no chain \(chain)") }
        table.chains[chain]?.rules.append(rule)
      }
    case .addElements(let family, let set, let elements):
      try edit(family, &tables) { table throws(TableError) in
        try add(elements, to: set, family, &table)
      }
    case .deleteElements(let family, let set, let elements):
      try edit(family, &tables) { table throws(TableError) in
        for element in elements where table.sets[set]?.removeValue(forKey: element.key) == nil {
          throw TableError(.missing, "no such element in \(set.rawValue)")
        }
      }
    }
  }

  private static func edit(
    _ family: IPAddress.Family, _ tables: inout [IPAddress.Family: Table],
    _ body: (inout Table) throws(TableError) -> Void
  ) throws(TableError) {
    guard var table = tables[family] else { throw TableError(.missing, "no table") }
    tables[family] = nil  // Not copied while it is edited.
    defer { tables[family] = table }
    try body(&table)
  }

  private static func add(
    _ elements: [SetElement], to set: ProxySet, _ family: IPAddress.Family, _ table: inout Table
  ) throws(TableError) {
    guard var content = table.sets[set] else {
      throw TableError(.missing, "no set \(set.rawValue)")
    }
    table.sets[set] = nil
    defer { table.sets[set] = content }
    for element in elements {
      guard element.key.count == set.keyWidth(family), (element.keyEnd != nil) == set.hasRanges
      else { throw TableError(.other, "key of \(set.rawValue) has the wrong width") }
      switch (set.content, element.value) {
      case (.members, .member), (.verdicts, .verdict): break
      case (.backends, .backend(let value)) where value.count == (family == .v4 ? 8 : 20): break
      default: throw TableError(.other, "value of \(set.rawValue) has the wrong type")
      }
      guard content.updateValue(element, forKey: element.key) == nil else {
        throw TableError(.exists, "element of \(set.rawValue) exists")
      }
    }
  }

  /// Nothing may name a chain or set that is not there.
  private static func check(_ table: Table, _ family: IPAddress.Family) throws(TableError) {
    func chain(_ verdict: Verdict) throws(TableError) {
      switch verdict {
      case .jump(let name), .goto(let name):
        guard table.chains[name] != nil else { throw TableError(.busy, "no chain \(name)") }
      case .drop, .returns: break
      }
    }
    for set in ProxySet.allCases where set.content == .verdicts {
      for element in table.sets[set, default: [:]].values {
        if case .verdict(let verdict) = element.value { try chain(verdict) }
      }
    }
    for rule in table.chains.values.flatMap(\.rules) {
      for statement in rule {
        if case .verdict(let verdict) = statement { try chain(verdict) }
        for set in statement.sets where table.sets[set] == nil {
          throw TableError(.missing, "no set \(set.rawValue)")
        }
      }
    }
  }
}

extension RuleStatement {
  /// The sets the statement reads or writes.
  var sets: [ProxySet] {
    switch self {
    case .member(let set, _, _), .dispatch(let set, _), .translate(let set, _): [set]
    case .translateRemembered, .remember: [.affinity]
    default: []
    }
  }
}
