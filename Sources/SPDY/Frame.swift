/// A frame of SPDY/3.1 ("SPDY Protocol - Draft 3.1", section 2.2).
package enum Frame: Sendable, Equatable {
  /// A stream begins.
  case open(StreamOpening)
  /// The other side accepts a stream.
  case reply(stream: UInt32, headers: Headers, isFinal: Bool)
  /// A stream ends at once.
  case reset(stream: UInt32, status: ResetStatus)
  /// Settings, which nothing here depends on.
  case settings
  case ping(UInt32)
  /// No streams are opened any more after the given one.
  case goAway(lastStream: UInt32, status: UInt32)
  case headers(stream: UInt32, headers: Headers, isFinal: Bool)
  /// So many bytes more may be sent on a stream, or on the connection (stream 0).
  case windowUpdate(stream: UInt32, bytes: UInt32)
  /// Bytes of a stream. A long frame is read as several, of which only the last may be final.
  case data(stream: UInt32, bytes: [UInt8], isFinal: Bool)
}

/// How a stream begins (SYN_STREAM).
package struct StreamOpening: Sendable, Equatable {
  /// Odd for streams a client opens.
  package var stream: UInt32
  /// The stream this one belongs to; 0 for none.
  package var associated: UInt32
  /// 0 to 7, the least urgent.
  package var priority: UInt8
  package var headers: Headers
  /// Nothing comes on it from its opener.
  package var isFinal: Bool
  /// Nothing may be sent on it to its opener.
  package var isUnidirectional: Bool

  package init(
    stream: UInt32, headers: Headers, associated: UInt32 = 0, priority: UInt8 = 0,
    isFinal: Bool = false, isUnidirectional: Bool = false
  ) {
    self.stream = stream
    self.headers = headers
    self.associated = associated
    self.priority = priority
    self.isFinal = isFinal
    self.isUnidirectional = isUnidirectional
  }
}

/// Why a stream is reset (RST_STREAM).
package struct ResetStatus: RawRepresentable, Sendable, Hashable {
  package var rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let protocolError = ResetStatus(rawValue: 1)
  package static let invalidStream = ResetStatus(rawValue: 2)
  package static let refusedStream = ResetStatus(rawValue: 3)
  package static let cancel = ResetStatus(rawValue: 5)
}

/// Names and values in their order. Names are in lower case and differ; the values of one name are
/// joined by NUL.
package struct Headers: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  package var pairs: [(name: String, value: String)]

  package init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

  package init(dictionaryLiteral elements: (String, String)...) {
    pairs = elements.map { (name: $0.0, value: $0.1) }
  }

  /// The first value of a name; nil if it is not there.
  package subscript(_ name: String) -> String? {
    guard let joined = pairs.first(where: { $0.name == name })?.value else { return nil }
    return joined.split(separator: "\0", omittingEmptySubsequences: false).first.map(String.init)
  }

  package static func == (left: Headers, right: Headers) -> Bool {
    left.pairs.elementsEqual(right.pairs) { $0 == $1 }
  }
}

/// Why a connection cannot go on.
package struct SPDYError: Error, Equatable, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}

/// The numbers of frames on the wire.
enum FrameType {
  static let open: UInt16 = 1
  static let reply: UInt16 = 2
  static let reset: UInt16 = 3
  static let settings: UInt16 = 4
  static let ping: UInt16 = 6
  static let goAway: UInt16 = 7
  static let headers: UInt16 = 8
  static let windowUpdate: UInt16 = 9

  static let version: UInt16 = 3
  static let finalFlag: UInt8 = 1
  static let unidirectionalFlag: UInt8 = 2
  static let headerBytes = 8
}
