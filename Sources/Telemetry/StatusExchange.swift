/// A request to a ``StatusServer``: it only reads, so a path and a query are all of it.
package struct StatusRequest: Sendable, Equatable {
  /// Percent-decoded, beginning with a slash.
  package var path: String
  /// Percent-decoded; of a key given twice, the first value counts.
  package var query: [String: String]

  package init(path: String, query: [String: String] = [:]) {
    self.path = path
    self.query = query
  }

  /// Reads a request target (RFC 9112 section 3.2.1); nil if it is none.
  package init?(target: String) {
    guard target.hasPrefix("/") else { return nil }
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = Self.decoded(parts[0]) else { return nil }
    self.init(path: path)
    for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = Self.decoded(sides[0], plusIsSpace: true),
        let value = Self.decoded(sides.count > 1 ? sides[1] : "", plusIsSpace: true)
      else { return nil }
      if query[key] == nil { query[key] = value }
    }
  }

  private static func decoded(_ text: Substring, plusIsSpace: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit)
        else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
  }
}

/// What a ``StatusServer`` answers.
package struct StatusResponse: Sendable, Equatable {
  /// An HTTP status code.
  package var status: Int
  /// Beside `content-type` and `content-length`.
  package var headers: [String: String]
  package var contentType: String
  package var body: String

  package init(
    status: Int = 200, headers: [String: String] = [:],
    contentType: String = "text/plain; charset=utf-8", body: String
  ) {
    self.status = status
    self.headers = headers
    self.contentType = contentType
    self.body = body
  }

  package static var notFound: StatusResponse {
    StatusResponse(status: 404, body: "404 page not found\n")
  }

  /// A page of metrics.
  package static func metrics(_ text: MetricsText) -> StatusResponse {
    StatusResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: text.text)
  }
}
