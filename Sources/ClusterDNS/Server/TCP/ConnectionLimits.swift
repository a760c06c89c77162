/// How connections are kept in bounds.
struct ConnectionLimits: Sendable {
  /// At one time, all clients together.
  var connections = ServerLimits.connections
  /// From one complete query to the next.
  var idleTimeout = ServerLimits.connectionIdle
  /// However busy it is.
  var lifetime = ServerLimits.connectionLifetime
}
