package import KubernetesAPI
package import Netlink

/// Changes of our tables that take effect together, or not at all.
package struct TableTransaction: Sendable, Equatable {
  package enum Operation: Sendable, Hashable {
    /// Makes the table unless it is there.
    case addTable(IPAddress.Family)
    /// Deletes a table, ours or another's, with all in it. It must be there.
    case deleteTable(IPAddress.Family, String)
    /// Makes the set unless it is there.
    case addSet(IPAddress.Family, ProxySet)
    /// Makes the chain, without rules, unless it is there.
    case addChain(IPAddress.Family, String, ChainHook?)
    case flushChain(IPAddress.Family, String)
    /// Nothing may refer to the chain any more.
    case deleteChain(IPAddress.Family, String)
    case addRule(IPAddress.Family, chain: String, [RuleStatement])
    /// The elements must not be there.
    case addElements(IPAddress.Family, ProxySet, [SetElement])
    /// The elements must be there.
    case deleteElements(IPAddress.Family, ProxySet, [SetElement])
  }

  package var operations: [Operation] = []

  package init() {}

  package var isEmpty: Bool { operations.isEmpty }

  package var elementCount: Int {
    operations.reduce(0) { sum, operation in
      switch operation {
      case .addElements(_, _, let list), .deleteElements(_, _, let list): sum + list.count
      default: sum
      }
    }
  }

  package mutating func append(_ operation: Operation) { operations.append(operation) }

  /// Makes a chain, or empties the one that is there, for rules to be added.
  mutating func define(_ chain: TableChain, _ family: IPAddress.Family) {
    append(.addChain(family, chain.name, chain.hook))
    append(.flushChain(family, chain.name))
  }

  /// What makes chains, and the rest. A packet that began its way through the tables before a
  /// transaction finds a chain that came with it empty, but elements as they are after it: what
  /// leads to new chains comes after them.
  package func chainsFirst() -> [TableTransaction] {
    var (chains, rest) = (TableTransaction(), TableTransaction())
    for operation in operations {
      if operation.concernsChains { chains.append(operation) } else { rest.append(operation) }
    }
    return [chains, rest]
  }

  package static func += (whole: inout TableTransaction, part: TableTransaction) {
    whole.operations += part.operations
  }

  mutating func addRules(_ chain: TableChain, _ family: IPAddress.Family) {
    for rule in chain.rules { append(.addRule(family, chain: chain.name, rule)) }
  }
}

extension TableTransaction.Operation {
  fileprivate var concernsChains: Bool {
    switch self {
    case .addChain, .flushChain, .addRule: true
    default: false
    }
  }

  /// What it does, for messages.
  package var title: String {
    switch self {
    case .addTable(let family): "add \(family.rawValue) table"
    case .deleteTable(let family, let name): "delete \(family.rawValue) table \(name)"
    case .addSet(let family, let set): "add \(family.rawValue) set \(set.rawValue)"
    case .addChain(let family, let name, _): "add \(family.rawValue) chain \(name)"
    case .flushChain(let family, let name): "flush \(family.rawValue) chain \(name)"
    case .deleteChain(let family, let name): "delete \(family.rawValue) chain \(name)"
    case .addRule(let family, let chain, let rule):
      "add \(family.rawValue) rule to \(chain): \(rule)"
    case .addElements(let family, let set, let elements):
      "add \(elements.count) elements to \(family.rawValue) \(set.rawValue)"
    case .deleteElements(let family, let set, let elements):
      "delete \(elements.count) elements of \(family.rawValue) \(set.rawValue)"
    }
  }
}

/// A transaction the kernel refused, or a table that cannot be read.
package struct TableError: Error, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// Something named is not there.
    case missing
    /// Something to be made is there.
    case exists
    /// Something to be deleted is still referred to.
    case busy
    case denied
    /// The kernel lacks nftables, or a part of it.
    case unsupported
    case other
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

/// What one of our tables holds.
package struct TableContent: Sendable, Equatable {
  package var chains: Set<String> = []
  package var sets: [ProxySet: [[UInt8]: SetElement]] = [:]

  package init() {}
}

/// Carries out transactions: the kernel's nftables, or a fake.
package protocol TableExecutor: Sendable {
  func commit(_ transaction: TableTransaction) throws(TableError)
  /// Nil where the table is not there. Without what the kernel itself adds to dynamic sets.
  func content(of family: IPAddress.Family) throws(TableError) -> TableContent?
  /// What the kernel has noted of clients with affinity.
  func remembered(_ family: IPAddress.Family) throws(TableError) -> [SetElement]
  /// A number that differs after every change of any table by anybody.
  func generation() throws(TableError) -> UInt32
  /// How much of everything our table has; nil where it is not there.
  func outline(of family: IPAddress.Family) throws(TableError) -> TableOutline?
}

/// How much of everything a table has, to see at little cost whether somebody touched it.
package struct TableOutline: Sendable, Equatable {
  package var chains: Int
  package var rules: Int
  package var sets: Int

  package init(chains: Int, rules: Int, sets: Int) {
    self.chains = chains
    self.rules = rules
    self.sets = sets
  }

  /// Whether nothing of another outline is missing.
  package func covers(_ other: TableOutline) -> Bool {
    chains >= other.chains && rules >= other.rules && sets >= other.sets
  }
}
