/// A domain name in wire form: length-prefixed labels that end with the root label.
///
/// Always valid: no label above 63 bytes, no more than 255 bytes in all (RFC 1035 section 2.3.4).
/// The case of its letters is kept, and ignored in comparison (RFC 4343).
package struct DomainName: Sendable {
  /// 1 to 255 bytes.
  package let wire: [UInt8]

  package static let root = DomainName(unchecked: [0])

  /// The caller vouches for the form.
  init(unchecked wire: [UInt8]) { self.wire = wire }

  /// Takes a wire form without compression; nil if it is none, or something stands behind it.
  package init?(wire: [UInt8]) {
    var label = 0
    while true {
      guard label < wire.count, wire[label] <= MessageLimits.label else { return nil }
      if wire[label] == 0 { break }
      label += 1 + Int(wire[label])
    }
    guard label == wire.count - 1, wire.count <= MessageLimits.name else { return nil }
    self.wire = wire
  }

  /// Joins labels. Nil if one is empty or too long, or the whole is.
  package init?(labels: some Sequence<some Collection<UInt8>>) {
    var wire: [UInt8] = []
    for label in labels {
      guard (1...MessageLimits.label).contains(label.count) else { return nil }
      wire.append(UInt8(label.count))
      wire += label
    }
    wire.append(0)
    guard wire.count <= MessageLimits.name else { return nil }
    self.wire = wire
  }

  /// Reads presentation form, with or without the final dot; `\.` and `\065` stand for bytes of a
  /// label (RFC 1035 section 5.1). `.` and the empty text are the root.
  package init?(_ text: String) {
    var labels: [[UInt8]] = []
    var label: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    if bytes.elementsEqual(".".utf8) { bytes = [] }
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "."):
        labels.append(label)
        label = []
        if bytes.isEmpty {
          self.init(labels: labels)
          return
        }
      case UInt8(ascii: "\\"):
        guard let escaped = Self.escapedByte(&bytes) else { return nil }
        label.append(escaped)
      default: label.append(byte)
      }
    }
    if !label.isEmpty || !labels.isEmpty { labels.append(label) }
    self.init(labels: labels)
  }

  private static func escapedByte(_ bytes: inout ArraySlice<UInt8>) -> UInt8? {
    guard let first = bytes.popFirst() else { return nil }
    guard let hundreds = decimalDigit(first) else { return first }
    guard let tens = bytes.popFirst().flatMap(decimalDigit),
      let ones = bytes.popFirst().flatMap(decimalDigit)
    else { return nil }
    return UInt8(exactly: hundreds * 100 + tens * 10 + ones)
  }

  private static func decimalDigit(_ byte: UInt8) -> Int? {
    (0x30...0x39).contains(byte) ? Int(byte) - 0x30 : nil
  }

  /// The labels from left to right, without the root label.
  package var labels: [ArraySlice<UInt8>] {
    var labels: [ArraySlice<UInt8>] = []
    var start = 0
    while wire[start] != 0 {
      let end = start + 1 + Int(wire[start])
      labels.append(wire[start + 1..<end])
      start = end
    }
    return labels
  }

  /// The wire form in lower case. Length bytes are below the letters, so all bytes can be mapped.
  package var lowercasedWire: [UInt8] { wire.map(Self.lowercased) }

  package static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  /// The name one label up, or nil for the root.
  package var parent: DomainName? {
    wire.count == 1 ? nil : DomainName(unchecked: Array(wire[(1 + Int(wire[0]))...]))
  }

  /// The name with labels put before it; nil if it would not be a valid name.
  package func prepending(_ labels: String...) -> DomainName? {
    DomainName(labels: labels.map { Array($0.utf8)[...] } + self.labels)
  }

  /// Whether the name is `ancestor`, or below it.
  package func isWithin(_ ancestor: DomainName) -> Bool {
    var name: DomainName? = self
    while let candidate = name {
      if candidate == ancestor { return true }
      name = candidate.parent
    }
    return false
  }
}

extension DomainName: Hashable {
  package static func == (left: DomainName, right: DomainName) -> Bool {
    left.wire.count == right.wire.count
      && zip(left.wire, right.wire).allSatisfy { lowercased($0) == lowercased($1) }
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(lowercasedWire) }
}

extension DomainName: CustomStringConvertible {
  /// Presentation form with the final dot.
  package var description: String {
    if wire.count == 1 { return "." }
    return labels.map { $0.map(Self.escaped).joined() + "." }.joined()
  }

  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
    case 0x21...0x7E: String(UnicodeScalar(byte))
    default:
      "\\" + String(repeating: "0", count: byte < 10 ? 2 : byte < 100 ? 1 : 0) + String(byte)
    }
  }
}
