import DNSMessage

/// The query pipeline without sockets: one message in, its response out, from what a feed has
/// published.
///
/// For fuzzing and measuring what the servers run; they themselves answer in place.
package struct MessageAnswerer: ~Copyable {
  package typealias Transport = QueryPipeline.Transport

  private var pipeline: QueryPipeline
  private let cell: SnapshotCell
  private let buffer: UnsafeMutableRawBufferPointer

  /// - Parameter rotationSeed: where the rotation of answers begins.
  package init(_ feed: ZoneFeed, rotationSeed: UInt64 = 0) {
    pipeline = QueryPipeline(counters: QueryCounters(), rotationSeed: rotationSeed)
    cell = feed.cell
    buffer = .allocate(
      byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// The response to a message of at most 65 535 bytes; empty if there is none.
  package mutating func answer(_ message: [UInt8], over transport: Transport = .udp) -> [UInt8] {
    guard message.count <= MessageLimits.message else { return [] }
    buffer.copyBytes(from: message)  // In bounds: checked above.
    return Array(buffer[..<answer(length: message.count, over: transport)])
  }

  /// Answers a message many times under one snapshot, as a worker does a batch: what only the
  /// pipeline costs. Returns the bytes of all responses.
  package mutating func answer(_ message: [UInt8], times: Int) -> Int {
    guard message.count <= MessageLimits.message else { return 0 }
    let snapshot = cell.load()
    let index = snapshot.view
    // The view's pointers are valid as long as the snapshot.
    return withExtendedLifetime(snapshot) {
      message.withUnsafeBytes { answerRepeatedly($0, times, index) }
    }
  }

  /// A function of its own, so that what a query calls can be told from what leads to it.
  @inline(never)
  private mutating func answerRepeatedly(
    _ message: UnsafeRawBufferPointer, _ times: Int, _ index: IndexView
  ) -> Int {
    var bytes = 0
    for _ in 0..<times {
      buffer.copyMemory(from: message)  // In bounds: the caller has checked.
      bytes &+= pipeline.respond(buffer, length: message.count, transport: .udp, index: index)
    }
    return bytes
  }

  private mutating func answer(length: Int, over transport: Transport) -> Int {
    let snapshot = cell.load()
    // The view's pointers are valid as long as the snapshot.
    return withExtendedLifetime(snapshot) {
      pipeline.respond(buffer, length: length, transport: transport, index: snapshot.view)
    }
  }
}
