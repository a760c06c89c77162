import NIOCore
import Synchronization

/// What the thread of a ``UDPWorker`` owns.
struct UDPWorkerLoop: ~Copyable, Sendable {
  private let socket: UDPSocket
  /// Of the socket: reading it here touches no reference.
  private let descriptor: Int32
  private var batch: UDPBatch
  private var pipeline: QueryPipeline
  private let cell: SnapshotCell
  private let forwarder: (any HandOffTaker)?
  private let hold: ExpectedHold?
  private let rewriting: RewriteStage?
  private let rewrites: Bool
  private let needsClock: Bool

  init(
    socket: UDPSocket, batch: consuming UDPBatch, pipeline: consuming QueryPipeline,
    parts: AnsweringParts
  ) {
    self.socket = socket
    descriptor = socket.descriptor
    self.batch = batch
    self.pipeline = pipeline
    cell = parts.cell
    forwarder = parts.forwarder
    hold = parts.hold
    rewriting = parts.rewriter.map { RewriteStage($0) }
    rewrites = parts.rewriter != nil
    needsClock = parts.needsClock
  }

  mutating func serve(until stopping: borrowing Atomic<UDPWorker.Stopping>) {
    while true {
      let count = batch.receive(from: descriptor)
      let stop = stopping.load(ordering: .acquiring)
      // After the shutdown of the socket, empty messages mean that nothing is left.
      if stop == .whenDrained, isDrained(count) { return }
      // Without messages: interrupted, or out of memory for the moment.
      if count > 0 {
        answer(count)
        _ = batch.send(to: descriptor)
      }
      if stop == .now { return }
    }
  }

  private func isDrained(_ count: Int) -> Bool {
    guard count > 0 else { return true }
    return batch.datagram(count - 1).length == 0
  }

  /// Answers the datagrams of a batch under one snapshot.
  private mutating func answer(_ count: Int) {
    if needsClock { pipeline.now = CoarseClock.milliseconds() }
    let snapshot = cell.load()
    let index = snapshot.view
    var hasHandedOff = false
    for number in 0..<count {
      let (buffer, received) = batch.datagram(number)
      if rewrites, answerRewritten(number, received, index, &hasHandedOff) { continue }
      let length = pipeline.respond(
        buffer, length: received, transport: .udp, index: index, asker: batch.peerAddress(number))
      if length > 0 {
        batch.prepareResponse(number, length: length)
      } else if length < 0 {
        let rest = length == PipelineLimits.untouched ? received : -length
        if handOff(number, Array(buffer[..<rest]), nil) {
          hasHandedOff = true
        } else {
          deny(number, received, index)
        }
      }
    }
    if hasHandedOff {
      forwarder?.wake()
      hold?.wake()
    }
    // The view's pointers are used up to here.
    withExtendedLifetime(snapshot) {}
  }

  /// Answers a query that nobody keeps until its name is there.
  private mutating func deny(_ number: Int, _ received: Int, _ index: IndexView) {
    let length = pipeline.respond(
      batch.datagram(number).buffer, length: received, transport: .udp, index: index,
      asker: batch.peerAddress(number), isFinal: true, isRepeated: true)
    if length > 0 { batch.prepareResponse(number, length: length) }
  }

  /// Gives the remainder of a query to who answers it, and goes on. False if nobody takes it.
  private func handOff(_ number: Int, _ message: [UInt8], _ reversal: RewriteReversal?) -> Bool {
    guard let kind = pipeline.handOffKind else { return false }
    let taker: (any HandOffTaker)? = kind == .expected ? hold : forwarder
    guard let taker else { return false }
    if kind == .expected, hold?.reserve() != true { return false }
    let peer = batch.peer(number)
    let reply = UDPReply(socket: socket, peer: peer)
    taker.push(
      HandOff(
        kind: kind, message: message, transport: reversal == nil ? .udp : .udpWhole,
        limit: pipeline.limit, options: pipeline.remainderOptionBytes,
        client: ClientAddress(peer.address),
        reply: reversal.map { RewrittenReply($0, reply) } ?? reply, arrival: .now()))
    return true
  }

  /// Answers a query that is to be asked for as another; false if it is not.
  private mutating func answerRewritten(
    _ number: Int, _ received: Int, _ index: IndexView, _ hasHandedOff: inout Bool
  ) -> Bool {
    guard let rewriting else { return false }
    let (buffer, _) = batch.datagram(number)
    let query = UnsafeRawBufferPointer(rebasing: buffer[..<received])
    switch rewriting.rewrite(query, over: .udp) {
    case nil: return false
    case .failed(let response): respond(number, response)
    case .rewritten(let rewritten):
      let (message, whole) = (rewritten.message, rewriting.buffer)
      whole.copyBytes(from: message)  // In bounds: as large as any message.
      var length = pipeline.respond(
        whole, length: message.count, transport: .udpWhole, index: index,
        asker: batch.peerAddress(number))
      if length < 0 {
        let rest = length == PipelineLimits.untouched ? message : Array(whole[..<(-length)])
        if handOff(number, rest, rewritten.reversal) {
          hasHandedOff = true
          return true
        }
        length = pipeline.respond(
          whole, length: message.count, transport: .udpWhole, index: index,
          asker: batch.peerAddress(number), isFinal: true, isRepeated: true)
      }
      if length > 0 { respond(number, rewritten.reversal.apply(to: Array(whole[..<length]))) }
    }
    return true
  }

  private mutating func respond(_ number: Int, _ response: [UInt8]) {
    let (buffer, _) = batch.datagram(number)
    // Fits: made for what the client takes over UDP.
    guard !response.isEmpty, response.count <= buffer.count else { return }
    buffer.copyBytes(from: response)
    batch.prepareResponse(number, length: response.count)
  }
}
