/// Where the kernel hands packets over to a chain.
package struct ChainHook: Sendable, Hashable {
  package enum Kind: String, Sendable { case filter, nat }
  /// NF_INET_*.
  package enum Point: UInt32, Sendable {
    case prerouting = 0
    case input = 1
    case forward = 2
    case output = 3
    case postrouting = 4
  }

  package var kind: Kind
  package var point: Point
  /// Lower ones come first; destinations are replaced at -100, sources at 100.
  package var priority: Int32

  package init(_ kind: Kind, _ point: Point, _ priority: Int32) {
    self.kind = kind
    self.point = point
    self.priority = priority
  }
}
