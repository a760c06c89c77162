/// The path and the query of a request line, decoded.
struct RequestTarget: Sendable, Equatable {
  /// As it came, without the query and still percent-encoded.
  var rawPath: String
  /// The segments between the slashes, decoded; empty ones at both ends are dropped.
  var segments: [String]
  var query: Query

  init(_ target: String) {
    let cut = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    rawPath = String(target[..<(cut ?? target.endIndex)])
    query = Query(cut.map { target[target.index(after: $0)...] } ?? "")
    var parts = rawPath.split(separator: "/", omittingEmptySubsequences: false)[...]
    while parts.first?.isEmpty == true { parts.removeFirst() }
    while parts.last?.isEmpty == true { parts.removeLast() }
    segments = parts.map { percentDecoded($0, plusIsSpace: false) }
  }
}

/// The parameters of a query (`application/x-www-form-urlencoded`), in the order they came.
struct Query: Sendable, Equatable {
  private(set) var items: [(name: String, value: String)] = []

  init() {}

  init(_ text: some StringProtocol) {
    for item in text.split(separator: "&") {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? percentDecoded(parts[1], plusIsSpace: true) : ""
      items.append((percentDecoded(parts[0], plusIsSpace: true), value))
    }
  }

  /// The parameter's first value, nil if it did not come.
  func first(_ name: String) -> String? { items.first { $0.name == name }?.value }

  func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

  static func == (left: Query, right: Query) -> Bool {
    left.items.elementsEqual(right.items) { $0 == $1 }
  }
}

/// Resolves `%XX`; an escape that is none stands as it is, and bytes that are no UTF-8 are
/// replaced.
private func percentDecoded(_ text: some StringProtocol, plusIsSpace: Bool) -> String {
  let percent = UInt8(ascii: "%")
  let plus = UInt8(ascii: "+")
  guard text.utf8.contains(where: { $0 == percent || $0 == plus }) else { return String(text) }
  let encoded = Array(text.utf8)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(encoded.count)
  var index = 0
  while index < encoded.count {
    let byte = encoded[index]
    if byte == percent, index + 2 < encoded.count, let high = hexadecimal(encoded[index + 1]),
      let low = hexadecimal(encoded[index + 2])
    {
      bytes.append(high << 4 | low)
      index += 3
      continue
    }
    bytes.append(byte == plus && plusIsSpace ? UInt8(ascii: " ") : byte)
    index += 1
  }
  return String(decoding: bytes, as: UTF8.self)
}

private func hexadecimal(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte & 0x0F
  case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
    (byte & 0x07) + 9
  default: nil
  }
}
