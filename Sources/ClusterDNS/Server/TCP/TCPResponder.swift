import DNSMessage
import NIOCore

/// Answers the queries of all connections of one event loop; its pipeline and buffer are theirs in
/// turn.
final class TCPResponder {
  private var pipeline: QueryPipeline
  private let cell: SnapshotCell
  private let buffer: UnsafeMutableRawBufferPointer

  init(cell: SnapshotCell, counters: QueryCounters, rotationSeed: UInt64) {
    pipeline = QueryPipeline(counters: counters, rotationSeed: rotationSeed)
    self.cell = cell
    buffer = .allocate(
      byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// The response with its length before it, as TCP has it (RFC 1035 section 4.2.2); nil if there
  /// is none.
  func respond(to query: ByteBuffer, allocator: ByteBufferAllocator) -> ByteBuffer? {
    let length = query.readableBytes
    guard length <= MessageLimits.message else { return nil }
    query.withUnsafeReadableBytes { buffer.copyMemory(from: $0) }  // Fits: checked above.
    let snapshot = cell.load()
    let responseLength = withExtendedLifetime(snapshot) {
      pipeline.respond(buffer, length: length, transport: .tcp, index: snapshot.view)
    }
    guard let prefix = UInt16(exactly: responseLength), prefix > 0 else { return nil }
    var response = allocator.buffer(capacity: responseLength + 2)
    response.writeInteger(prefix)
    response.writeBytes(UnsafeRawBufferPointer(rebasing: buffer[..<responseLength]))
    return response
  }
}
