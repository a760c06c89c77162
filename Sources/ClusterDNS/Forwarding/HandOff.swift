import NIOCore

/// A query that the index could not answer, or not completely, on its way to the forwarder.
struct HandOff: Sendable {
  enum Kind: Sendable {
    /// The name is not ours. The message is the query as it came.
    case query
    /// The answer so far ends in an alias for a name that is not ours. The message is the response
    /// so far.
    case alias
  }

  let kind: Kind
  let message: [UInt8]
  let transport: QueryPipeline.Transport
  /// Bytes the response may have, if `message` is a response and does not say it.
  let limit: Int
  let reply: any ReplyPath
  let arrival: NIODeadline
}

/// The way back to a client.
protocol ReplyPath: Sendable {
  /// Sends the response; from any thread, once. Never waits.
  func send(_ response: [UInt8])

  /// There will be no response.
  func drop()
}
