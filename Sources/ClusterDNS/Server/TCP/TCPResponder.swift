import DNSMessage
import NIOCore

/// Answers the queries of all connections of one event loop; its pipeline and buffer are theirs in
/// turn.
final class TCPResponder {
  /// What becomes of a query.
  enum Answer {
    /// The response, without the length before it.
    case response([UInt8])
    /// To be answered by the forwarder: of that kind, with that message.
    case handOff(HandOff.Kind, [UInt8], Forwarder)
    /// There is no response: the message is no query.
    case none
  }

  private var pipeline: QueryPipeline
  private let cell: SnapshotCell
  private let forwarder: Forwarder?
  private let buffer: UnsafeMutableRawBufferPointer

  init(
    cell: SnapshotCell, counters: QueryCounters, rotationSeed: UInt64, forwarder: Forwarder?
  ) {
    pipeline = QueryPipeline(
      counters: counters, rotationSeed: rotationSeed, forwards: forwarder != nil)
    self.cell = cell
    self.forwarder = forwarder
    buffer = .allocate(
      byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  func answer(_ query: ByteBuffer) -> Answer {
    let length = query.readableBytes
    guard length <= MessageLimits.message else { return .none }
    query.withUnsafeReadableBytes { buffer.copyMemory(from: $0) }  // Fits: checked above.
    let snapshot = cell.load()
    let result = withExtendedLifetime(snapshot) {
      pipeline.respond(buffer, length: length, transport: .tcp, index: snapshot.view)
    }
    if result > 0 { return .response(Array(buffer[..<result])) }
    guard result < 0, let forwarder else { return .none }
    if result == PipelineLimits.elsewhere {
      return .handOff(.query, Array(buffer[..<length]), forwarder)
    }
    return .handOff(.alias, Array(buffer[..<(-result)]), forwarder)
  }
}
