import NIOCore

/// The bounds of forwarding.
enum ForwardingLimits {
  /// Queries handed over by the workers and not looked at yet. At this length the loop is behind by
  /// some hundred milliseconds; what is older is worth less than what is new.
  static let handedOver = 8192
  /// A query that has waited this long is not looked at any more: its client asks again, or has
  /// gone on to another server.
  static let staleQuery = TimeAmount.seconds(3)
  /// Queries taken up before the loop looks at its sockets again.
  static let turn = 128
  /// Questions at upstreams at one time, unless configured.
  static let concurrentQuestions = 1000
  /// Questions that wait for one of those places.
  static let waitingQuestions = 4096
  /// Clients that wait for one question. Beyond that many, something asks in a loop.
  static let clientsPerQuestion = 1000
  /// How long a client waits when there is an answer that is too old (RFC 8767 section 5).
  static let staleAfter = TimeAmount.milliseconds(1800)
  /// How long a question is tried. Stub resolvers give up on a server after five seconds.
  static let question = TimeAmount.milliseconds(4500)
  /// Bounds of how long one try may take; in between, it follows the upstream's own times.
  static let shortestTry = TimeAmount.milliseconds(400)
  static let longestTry = TimeAmount.seconds(2)
  static let firstTry = TimeAmount.milliseconds(1500)
  /// Tries per question.
  static let tries = 6
  /// Failures in a row after which an upstream is taken to be down.
  static let failuresUntilDown = 2
  /// How often an upstream that is down is tried.
  static let healthCheck = TimeAmount.milliseconds(500)
  static let healthCheckTimeout = TimeAmount.seconds(1)
  /// Bytes of a response over UDP. We ask for 1232 at most; who sends more is cut.
  static let datagram = 4096
  /// Responses that are not for us and arrive on the socket of a query, before the query is tried
  /// over TCP: someone may be guessing.
  static let foreignResponses = 8
  /// Responses in another case after which an upstream is taken to write names as it likes.
  static let caseChanges = 3
  /// How long a TCP or TLS connection to an upstream is kept without a query.
  static let connectionIdle = TimeAmount.seconds(10)
  /// Queries on one connection at one time.
  static let queriesPerConnection = 512
  /// How often it is checked whether questions come back to us, and how often while they do.
  static let loopProbe = TimeAmount.minutes(5)
  static let loopProbeWhileLooping = TimeAmount.seconds(30)
  /// How long a server that stops waits for what it has forwarded.
  static let drain = TimeAmount.seconds(5)
}
