import DNSMessage
import NIOCore

/// The queries of an ``ExpectedHold``, on its loop.
final class HeldQueries {
  private let wait: TimeAmount
  private let places: ExpectedHold.Places
  private let cell: SnapshotCell
  private let needsClock: Bool
  private let forwarder: (any HandOffTaker)?
  private var pipeline: QueryPipeline
  private let buffer: UnsafeMutableRawBufferPointer
  /// By the order in which they came.
  private var held: [UInt64: HandOff] = [:]
  private var nextNumber: UInt64 = 0
  private var isFinished = false

  init(
    wait: TimeAmount, places: ExpectedHold.Places, cell: SnapshotCell,
    pipeline: consuming QueryPipeline, needsClock: Bool, forwarder: (any HandOffTaker)?
  ) {
    self.wait = wait
    self.places = places
    self.cell = cell
    self.pipeline = pipeline
    self.needsClock = needsClock
    self.forwarder = forwarder
    buffer = .allocate(
      byteCount: MessageLimits.message + PipelineLimits.bufferSlack, alignment: 8)
    buffer.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { buffer.deallocate() }

  /// Keeps more queries, and answers all whose names are there. New ones are looked at, too: the
  /// zone may have changed on their way.
  func keep(_ entries: [HandOff], _ loop: any EventLoop) {
    for number in held.keys.sorted() {
      guard let entry = held[number], answer(entry, isFinal: false) else { continue }
      held[number] = nil
    }
    for entry in entries {
      if answer(entry, isFinal: isFinished) { continue }
      let number = nextNumber
      nextNumber += 1
      held[number] = entry
      loop.assumeIsolated().scheduleTask(deadline: entry.arrival + wait) { [self] in
        if let entry = held.removeValue(forKey: number) { _ = answer(entry, isFinal: true) }
      }
    }
  }

  func finish() {
    isFinished = true
    for number in held.keys.sorted() {
      if let entry = held.removeValue(forKey: number) { _ = answer(entry, isFinal: true) }
    }
  }

  /// Answers a query and gives its place back; false if its name is still to come.
  private func answer(_ entry: HandOff, isFinal: Bool) -> Bool {
    buffer.copyBytes(from: entry.message)  // In bounds: no message is longer than the buffer.
    if needsClock { pipeline.now = CoarseClock.milliseconds() }
    let snapshot = cell.load()
    // The view's pointers are valid as long as the snapshot.
    var result = withExtendedLifetime(snapshot) {
      respond(entry, snapshot.view, isFinal: isFinal)
    }
    if result < 0, pipeline.remainder == .expected { return false }
    places.free()
    if result < 0, let forwarder, let kind = pipeline.handOffKind {
      let isWhole = result == PipelineLimits.untouched
      forwarder.push(
        HandOff(
          kind: kind, message: isWhole ? entry.message : Array(buffer[..<(-result)]),
          transport: entry.transport, limit: pipeline.limit, options: entry.options,
          client: entry.client, reply: entry.reply, arrival: .now()))
      forwarder.wake()
      return true
    }
    result = max(0, result)
    result > 0 ? entry.reply.send(Array(buffer[..<result])) : entry.reply.drop()
    return true
  }

  private func respond(_ entry: HandOff, _ index: IndexView, isFinal: Bool) -> Int {
    // A query that is looked at again has been counted; only a denial is kept back.
    func respond(_ asker: UnsafeRawPointer?) -> Int {
      pipeline.respond(
        buffer, length: entry.message.count, transport: entry.transport, index: index,
        asker: asker, isFinal: isFinal, isRepeated: true)
    }
    if let client = entry.client { return client.withPointer { respond($0) } }
    return respond(nil)
  }
}
