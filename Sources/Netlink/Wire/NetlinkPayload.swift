/// The body of a netlink message as it is written: a fixed part, then attributes, each aligned to
/// four bytes (netlink(7), rtnetlink(7)).
package struct NetlinkPayload: Sendable, Equatable {
  package private(set) var bytes: [UInt8]

  /// The longest payload an attribute can have.
  package static let longestAttribute = Int(UInt16.max) - 4

  package init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  // MARK: Fixed parts

  /// Appends a number in the machine's order, which is netlink's own.
  package mutating func append<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
  }

  /// Appends a number in network order.
  package mutating func appendBigEndian<Number: FixedWidthInteger>(_ number: Number) {
    append(number.bigEndian)
  }

  package mutating func append(bytes more: some Sequence<UInt8>) {
    bytes.append(contentsOf: more)
  }

  // MARK: Attributes

  /// Appends an attribute. A payload longer than `longestAttribute` is cut there, and the kernel
  /// refuses what it then cannot read.
  package mutating func attribute(_ type: UInt16, _ payload: some Collection<UInt8>) {
    let kept = payload.prefix(Self.longestAttribute)
    append(UInt16(4 + kept.count))
    append(type)
    bytes.append(contentsOf: kept)
    pad()
  }

  /// An attribute with a number in the machine's order.
  package mutating func attribute<Number: FixedWidthInteger>(_ type: UInt16, number: Number) {
    withUnsafeBytes(of: number) { attribute(type, $0) }
  }

  /// An attribute with a number in network order, as nfnetlink has them.
  package mutating func attribute<Number: FixedWidthInteger>(_ type: UInt16, bigEndian: Number) {
    attribute(type, number: bigEndian.bigEndian)
  }

  /// An attribute with a string that ends in NUL. A NUL within ends it there.
  package mutating func attribute(_ type: UInt16, string: String) {
    attribute(type, Array(string.utf8.prefix { $0 != 0 }) + [0])
  }

  /// An attribute of attributes, marked as such (NLA_F_NESTED).
  package mutating func nested(
    _ type: UInt16, _ build: (inout NetlinkPayload) -> Void
  ) {
    var inner = NetlinkPayload()
    build(&inner)
    attribute(type | NetlinkAttribute.nestedFlag, inner.bytes)
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }
}
