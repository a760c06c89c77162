import CRollcallLinux
import Glibc
import KubernetesAPI
import NIOCore
import Synchronization

/// One thread with one socket: receives a batch, answers it, sends the responses.
///
/// The socket is bound when the worker is made, so that all can be bound before one serves. All
/// memory is allocated before that.
final class UDPWorker: Sendable {
  private let loop: Mutex<UDPWorkerLoop?>
  private let stopping = Atomic(Stopping.no)
  private let end = Mutex(End())
  private let socket: UDPSocket
  var address: SocketAddress { socket.address }
  /// Of the socket, which stays the worker's.
  var descriptor: Int32 { socket.descriptor }
  var hasStarted: Bool { end.withLock(\.hasStarted) }
  private let name: String

  /// How a worker ends.
  enum Stopping: UInt8, AtomicRepresentable {
    case no
    /// When the queries the kernel has taken are answered.
    case whenDrained
    /// At once: whoever has the socket, too, answers what is left.
    case now
  }

  init(
    name: String, socket: UDPSocket, cell: SnapshotCell, counters: QueryCounters,
    rotationSeed: UInt64, forwarder: Forwarder?
  ) {
    let address = socket.address
    let batch = UDPBatch(
      isIPv6: address.address.family == .v6, tellsDestination: address.address.isUnspecified)
    let pipeline = QueryPipeline(
      counters: counters, rotationSeed: rotationSeed, forwards: forwarder != nil)
    self.socket = socket
    self.name = name
    loop = Mutex(
      UDPWorkerLoop(
        socket: socket, batch: batch, pipeline: pipeline, cell: cell, forwarder: forwarder))
  }

  private struct End {
    /// Of the worker, while it runs.
    var thread: pthread_t?
    var hasStarted = false
    var isReached = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  /// Serves until `stop`, on a thread of its own.
  func start() {
    end.withLock { $0.hasStarted = true }
    ThreadStart { [self] in
      name.withCString { _ = rollcall_name_thread($0) }
      end.withLock { $0.thread = pthread_self() }
      serve()
      let waiting = end.withLock { end in
        end.isReached = true
        end.thread = nil
        return end.waiting
      }
      for continuation in waiting { continuation.resume() }
    }.launch()
  }

  /// Returns when the last response has been sent after `stop`.
  func waitUntilStopped() async {
    await withCheckedContinuation { continuation in
      let isReached = end.withLock { end in
        if !end.isReached { end.waiting.append(continuation) }
        return end.isReached
      }
      if isReached { continuation.resume() }
    }
  }

  /// Makes the thread end once the queries the kernel has taken for the socket are answered.
  func stop() {
    stopping.store(.whenDrained, ordering: .releasing)
    SystemCalls.shutDownReading(socket.descriptor)
  }

  /// Makes the thread end and leaves the socket as it is, for the process it was handed to. Returns
  /// when everything this worker has received is answered.
  func stopHandedOver() async {
    stopping.store(.now, ordering: .releasing)
    // One interrupt may come just before the thread begins to wait; so until it has noticed.
    while end.withLock({ end in
      if let thread = end.thread { ThreadInterrupt.send(to: thread) }
      return !end.isReached
    }) {
      // Fails only when the task is cancelled; then the waiting is busy, and as short.
      try? await Task.sleep(for: ServerLimits.interruptInterval)
    }
  }

  private func serve() {
    // Taken out, so that the lock is not held while serving; put back, so that the socket is
    // closed with the worker.
    var own: UDPWorkerLoop? = nil
    loop.withLock { own = $0.take() }
    own?.serve(until: stopping)
    loop.withLock { $0 = own.take() }
  }
}

/// What a worker's thread owns.
struct UDPWorkerLoop: ~Copyable, Sendable {
  private let socket: UDPSocket
  /// Of the socket: reading it here touches no reference.
  private let descriptor: Int32
  private var batch: UDPBatch
  private var pipeline: QueryPipeline
  private let cell: SnapshotCell
  private let forwarder: Forwarder?

  init(
    socket: UDPSocket, batch: consuming UDPBatch, pipeline: consuming QueryPipeline,
    cell: SnapshotCell, forwarder: Forwarder?
  ) {
    self.socket = socket
    descriptor = socket.descriptor
    self.forwarder = forwarder
    self.batch = batch
    self.pipeline = pipeline
    self.cell = cell
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
    let snapshot = cell.load()
    let index = snapshot.view
    var hasHandedOver = false
    for number in 0..<count {
      let (buffer, received) = batch.datagram(number)
      let length = pipeline.respond(buffer, length: received, transport: .udp, index: index)
      if length > 0 {
        batch.prepareResponse(number, length: length)
      } else if length < 0 {
        handOver(number, received: received, result: length)
        hasHandedOver = true
      }
    }
    if hasHandedOver { forwarder?.wake() }
    // The view's pointers are used up to here.
    withExtendedLifetime(snapshot) {}
  }

  /// Gives a query to the forwarder and goes on.
  private func handOver(_ number: Int, received: Int, result: Int) {
    let isAlias = result != PipelineLimits.elsewhere
    let (buffer, _) = batch.datagram(number)
    forwarder?.push(
      HandOff(
        kind: isAlias ? .alias : .query, message: Array(buffer[..<(isAlias ? -result : received)]),
        transport: .udp, limit: pipeline.limit,
        reply: UDPReply(socket: socket, peer: batch.peer(number)), arrival: .now()))
  }
}
