/// The path and the query of a request to the agent, decoded.
struct AgentTarget: Sendable, Equatable {
  /// Between the slashes; empty ones are left out.
  var segments: [String]
  var query: Query

  struct Query: Sendable, Equatable {
    struct Item: Sendable, Equatable {
      var name: String
      var value: String
    }

    var items: [Item] = []

    func first(_ name: String) -> String? { items.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// As Kubernetes writes flags of streams: `1`, or `true`.
    func isSet(_ name: String) -> Bool { ["1", "true"].contains(first(name)) }
  }

  init(_ target: String) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    segments = parts[0].split(separator: "/").map { Self.decoded($0, plusIsSpace: false) }
    query = Query()
    guard parts.count > 1 else { return }
    for item in parts[1].split(separator: "&") {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query.items.append(
        Query.Item(
          name: Self.decoded(pair[0], plusIsSpace: true),
          value: pair.count > 1 ? Self.decoded(pair[1], plusIsSpace: true) : ""))
    }
  }

  /// Resolves `%XX`; an escape that is none stands as it is.
  private static func decoded(_ text: Substring, plusIsSpace: Bool) -> String {
    let encoded = Array(text.utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < encoded.count {
      if encoded[index] == UInt8(ascii: "%"), index + 2 < encoded.count,
        let value = UInt8(
          String(decoding: encoded[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        index += 3
        continue
      }
      let isSpace = plusIsSpace && encoded[index] == UInt8(ascii: "+")
      bytes.append(isSpace ? UInt8(ascii: " ") : encoded[index])
      index += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
