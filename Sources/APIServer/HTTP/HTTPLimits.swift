import NIOCore

/// The bounds of connections, and how each was chosen.
enum HTTPLimits {
  /// From accepting a connection to the end of its TLS handshake.
  static let handshake = TimeAmount.seconds(10)

  /// How long a connection may stay without a request; above the 90 seconds after which Go's
  /// clients give up idle connections themselves, so that they are not cut off in between.
  static let idle = TimeAmount.seconds(180)

  /// From a request's head to the end of its body.
  static let requestBody = TimeAmount.seconds(60)

  /// How long one piece of a response may wait for the client to take it.
  static let stalledWrite = TimeAmount.seconds(30)

  /// Bodies are handed to TLS in such pieces, so that a large list is not encrypted as a whole
  /// before the client has taken its beginning.
  static let responsePiece = 256 << 10

  /// Requests at once on one HTTP/2 connection. Watches count: a client with an informer for every
  /// kind stays below.
  static let streamsPerConnection = 250

  /// Names and values of one request's headers on HTTP/2: tokens and long selectors fit.
  static let headerList = 64 << 10

  /// How long requests under way may take once the server stops.
  static let drain = TimeAmount.seconds(5)

  static let backlog: Int32 = 1024
}
