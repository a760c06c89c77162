package import NIOCore

/// What servers run on a connection, without the servers: for fuzzing.
package enum ConnectionHandlers {
  /// Answers queries over TCP from what a feed has published; names of other zones are refused.
  ///
  /// - Parameter rotationSeed: where the rotation of answers begins.
  package static func tcp(_ feed: ZoneFeed, rotationSeed: UInt64 = 0) -> any ChannelHandler {
    TCPConnectionHandler(
      responder: TCPResponder(
        AnsweringParts(cell: feed.cell), counters: QueryCounters(), rotationSeed: rotationSeed),
      limits: ConnectionLimits())
  }
}
