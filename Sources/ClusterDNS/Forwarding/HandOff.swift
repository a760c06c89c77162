import NIOCore

/// A query that the index could not answer, or not completely, on its way to who can.
struct HandOff: Sendable {
  /// As ``QueryPipeline/Remainder`` says.
  enum Kind: Sendable, Equatable {
    /// The name is not ours. The message is the query as it came.
    case query
    /// The answer so far ends in an alias for a name that is not ours. The message is the response
    /// so far.
    case alias
    /// A denial, unless the first labels of the name, of that many bytes, are found behind the
    /// cluster's part of a search path. The message is the response so far.
    case search(Int)
    /// The name is about to exist. The message is the query as it came.
    case expected
  }

  let kind: Kind
  let message: [UInt8]
  let transport: QueryPipeline.Transport
  /// Bytes the response may have, if `message` is a response and does not say it.
  let limit: Int
  /// EDNS options of the response, as they go on the wire, if `message` is a query.
  var options: [UInt8] = []
  var client: ClientAddress?
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

/// Who takes queries over from the pipelines.
protocol HandOffTaker: Sendable {
  /// Takes a query over. `wake` must follow, once for any number of them.
  func push(_ entry: HandOff)

  /// Begins to work on what was pushed.
  func wake()
}

extension QueryPipeline {
  /// The remainder in the words of a hand-over; nil if there is none.
  var handOffKind: HandOff.Kind? {
    switch remainder {
    case .none: nil
    case .query: .query
    case .alias: .alias
    case .search: .search(searchedLength)
    case .expected: .expected
    }
  }
}
