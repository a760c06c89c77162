import CRollcallLinux
import Glibc
import KubernetesAPI
import Synchronization

/// One thread with one socket: receives a batch, answers it, sends the responses.
///
/// The socket is bound when the worker is made, so that all can be bound before one serves. All
/// memory is allocated before that.
final class UDPWorker: Sendable {
  private let loop: Mutex<UDPWorkerLoop?>
  private let isStopping = Atomic(false)
  private let end = Mutex(End())
  private let descriptor: Int32
  let address: SocketAddress
  private let name: String

  /// Throws ``SystemError`` if the address cannot be bound.
  init(
    name: String, address: SocketAddress, cell: SnapshotCell, counters: QueryCounters,
    rotationSeed: UInt64
  ) throws(SystemError) {
    let batch = UDPBatch(
      isIPv6: address.address.family == .v6, tellsDestination: address.address.isUnspecified)
    let pipeline = QueryPipeline(counters: counters, rotationSeed: rotationSeed)
    let socket = try UDPSocket(address)
    descriptor = socket.descriptor
    self.address = socket.address
    self.name = name
    loop = Mutex(UDPWorkerLoop(socket: socket, batch: batch, pipeline: pipeline, cell: cell))
  }

  private struct End {
    var isReached = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  /// Serves until `stop`, on a thread of its own.
  func start() {
    ThreadStart { [self] in
      name.withCString { _ = rollcall_name_thread($0) }
      serve()
      let waiting = end.withLock { end in
        end.isReached = true
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
    isStopping.store(true, ordering: .releasing)
    // Valid: the descriptor is closed only with the worker.
    SystemCalls.shutDownReading(descriptor)
  }

  private func serve() {
    // Taken out, so that the lock is not held while serving; put back, so that the socket is
    // closed with the worker.
    var own: UDPWorkerLoop? = nil
    loop.withLock { own = $0.take() }
    own?.serve(until: isStopping)
    loop.withLock { $0 = own.take() }
  }
}

/// What a worker's thread owns.
struct UDPWorkerLoop: ~Copyable, Sendable {
  private let socket: UDPSocket
  private var batch: UDPBatch
  private var pipeline: QueryPipeline
  private let cell: SnapshotCell

  init(
    socket: consuming UDPSocket, batch: consuming UDPBatch, pipeline: consuming QueryPipeline,
    cell: SnapshotCell
  ) {
    self.socket = socket
    self.batch = batch
    self.pipeline = pipeline
    self.cell = cell
  }

  mutating func serve(until isStopping: borrowing Atomic<Bool>) {
    while true {
      let count = batch.receive(from: socket.descriptor)
      // After the shutdown of the socket, empty messages mean that nothing is left.
      if isStopping.load(ordering: .acquiring), isDrained(count) { return }
      if count <= 0 { continue }  // Out of memory for the moment: the datagrams wait.
      answer(count)
      _ = batch.send(to: socket.descriptor)
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
    for number in 0..<count {
      let (buffer, received) = batch.datagram(number)
      let length = pipeline.respond(buffer, length: received, transport: .udp, index: index)
      if length > 0 { batch.prepareResponse(number, length: length) }
    }
    // The view's pointers are used up to here.
    withExtendedLifetime(snapshot) {}
  }
}

/// A closure on its way to a new thread.
private final class ThreadStart: Sendable {
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  func launch() {
    var thread = pthread_t()
    // The thread takes the reference over.
    let context = Unmanaged.passRetained(self).toOpaque()
    let result = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue().body()
        return nil
      }, context)
    precondition(result == 0, "no thread for a DNS worker: error \(result)")
    pthread_detach(thread)
  }
}
