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
  /// TCP connections at one time, all clients together.
  static let connections = 1000
  /// How long a TCP client may take from one complete query to the next; half a query does not
  /// extend it (RFC 7766 section 6.2.3 asks for seconds).
  static let connectionIdle = Duration.seconds(10)
  /// Bytes of responses that may wait for a slow TCP client before its queries are no longer read.
  static let unsentBytes = 256 * 1024
  /// Ports tried when the kernel's choice for TCP is taken for UDP.
  static let portAttempts = 16
}
