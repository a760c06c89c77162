import DNSMessage
import NIOCore

/// Answers the queries of all connections of one event loop; its pipeline and buffer are theirs in
/// turn.
final class TCPResponder {
  /// What becomes of a query.
  enum Answer {
    /// The response, without the length before it.
    case response([UInt8])
    /// To be answered by another.
    case handOff(Remainder)
    /// Many responses.
    case transfer(ZoneTransfer)
    /// There is no response: the message is no query.
    case none
  }

  /// What is left to do of a query, and by whom.
  struct Remainder {
    var kind: HandOff.Kind
    var message: [UInt8]
    var options: [UInt8]
    var client: ClientAddress?
    var reversal: RewriteReversal?
    var taker: any HandOffTaker

    func handOff(to reply: any ReplyPath) {
      taker.push(
        HandOff(
          kind: kind, message: message, transport: .tcp, limit: MessageLimits.message,
          options: options, client: client,
          reply: reversal.map { RewrittenReply($0, reply) } ?? reply, arrival: .now()))
      taker.wake()
    }
  }

  private var pipeline: QueryPipeline
  private let parts: AnsweringParts
  private let rewriting: RewriteStage?
  private let buffer: UnsafeMutableRawBufferPointer

  init(_ parts: AnsweringParts, counters: QueryCounters, rotationSeed: UInt64) {
    pipeline = QueryPipeline(
      counters: counters, rotationSeed: rotationSeed, settings: parts.settings)
    self.parts = parts
    rewriting = parts.rewriter.map { RewriteStage($0) }
    buffer = .allocate(
      byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// - Parameters:
  ///   - client: who asks, if that is known.
  ///   - mayTransfer: whether an answer can have several messages.
  func answer(_ query: ByteBuffer, from client: ClientAddress?, mayTransfer: Bool) -> Answer {
    let length = query.readableBytes
    guard length <= MessageLimits.message else { return .none }
    query.withUnsafeReadableBytes { buffer.copyMemory(from: $0) }  // Fits: checked above.
    if parts.needsClock { pipeline.now = CoarseClock.milliseconds() }
    let snapshot = parts.cell.load()
    if mayTransfer, let transfers = parts.transfers, let client, let address = client.address,
      transfers.allows(address),
      let outcome = ZoneTransfer.begin(Array(buffer[..<length]), snapshot)
    {
      switch outcome {
      case .transfer(let transfer): return .transfer(transfer)
      case .response(let response): return .response(response)
      }
    }
    if let rewriting,
      let outcome = rewriting.rewrite(
        UnsafeRawBufferPointer(rebasing: buffer[..<length]), over: .tcp)
    {
      switch outcome {
      case .failed(let response): return .response(response)
      case .rewritten(let rewritten):
        buffer.copyBytes(from: rewritten.message)  // In bounds: as large as any message.
        return answer(
          length: rewritten.message.count, snapshot, client, reversal: rewritten.reversal)
      }
    }
    return answer(length: length, snapshot, client, reversal: nil)
  }

  /// Answers the query in the buffer.
  private func answer(
    length: Int, _ snapshot: IndexSnapshot, _ client: ClientAddress?, reversal: RewriteReversal?
  ) -> Answer {
    // The view's pointers are valid as long as the snapshot.
    var result = withExtendedLifetime(snapshot) {
      respond(length, snapshot.view, client, isFinal: false)
    }
    if result < 0, let remainder = remainder(length: length, result, client, reversal) {
      return .handOff(remainder)
    }
    if result < 0, pipeline.remainder == .expected {
      result = withExtendedLifetime(snapshot) {
        respond(length, snapshot.view, client, isFinal: true)
      }
    }
    guard result > 0 else { return .none }
    let response = Array(buffer[..<result])
    return .response(reversal?.apply(to: response) ?? response)
  }

  private func respond(
    _ length: Int, _ index: IndexView, _ client: ClientAddress?, isFinal: Bool
  ) -> Int {
    func respond(_ asker: UnsafeRawPointer?) -> Int {
      pipeline.respond(
        buffer, length: length, transport: .tcp, index: index, asker: asker, isFinal: isFinal,
        isRepeated: isFinal)
    }
    return client.map { $0.withPointer { respond($0) } } ?? respond(nil)
  }

  /// Nil if nobody takes it.
  private func remainder(
    length: Int, _ result: Int, _ client: ClientAddress?, _ reversal: RewriteReversal?
  ) -> Remainder? {
    guard let kind = pipeline.handOffKind else { return nil }
    let taker: (any HandOffTaker)? = kind == .expected ? parts.hold : parts.forwarder
    guard let taker else { return nil }
    if kind == .expected, parts.hold?.reserve() != true { return nil }
    let rest = result == PipelineLimits.untouched ? length : -result
    return Remainder(
      kind: kind, message: Array(buffer[..<rest]), options: pipeline.remainderOptionBytes,
      client: client, reversal: reversal, taker: taker)
  }
}
