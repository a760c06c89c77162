/// The bounds of the servers.
enum ServerLimits {
  /// Datagrams taken and sent with one system call. Beyond some dozens the calls themselves no
  /// longer weigh; more would only spread over more cache.
  static let batch = 64
  /// Bytes of one datagram's buffer: more than a query with EDNS options has, and than a response
  /// may. Not a power of two, so that the buffers do not share cache sets.
  static let datagram = 1664
  /// Bytes the kernel may queue per socket, as far as it allows. A burst of some thousand queries
  /// waits instead of being lost.
  static let receiveBuffer: Int32 = 4 << 20
  /// TCP connections the kernel takes before they are accepted.
  static let backlog: Int32 = 1024
  /// Seconds a process that hands its sockets over has for each message.
  static let handoverTimeout = 10
  /// How long a successor that has a snapshot waits for the API server before it takes over.
  static let takeoverPatience = Duration.seconds(10)
  /// How often a thread that waits for datagrams is interrupted until it has noticed that it is to
  /// end.
  static let interruptInterval = Duration.milliseconds(1)
  /// How long connections of a server that has handed over may go on before they are asked to end.
  static let lingering = Duration.seconds(5)
  /// Queries for names to come that are kept at one time.
  static let heldQueries = 1024
  /// TCP connections at one time, all clients together.
  static let connections = 1000
  /// How long a TCP client may take from one complete query to the next; half a query does not
  /// extend it (RFC 7766 section 6.2.3 asks for seconds).
  static let connectionIdle = Duration.seconds(10)
  /// How long a TCP connection may last, however busy it is: others may be waiting for its place.
  static let connectionLifetime = Duration.seconds(3600)
  /// Queries of one TCP connection that may wait for upstreams at one time.
  static let forwardedPerConnection = 128
  /// Bytes of the headers of one HTTP request.
  static let httpHeaders = 16 * 1024
  /// Bytes of responses that may wait for a slow TCP client before its queries are no longer read.
  static let unsentBytes = 256 * 1024
  /// Ports tried when the kernel's choice for TCP is taken for UDP.
  static let portAttempts = 16
}
