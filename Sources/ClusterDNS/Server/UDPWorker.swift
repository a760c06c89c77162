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
    name: String, socket: UDPSocket, parts: AnsweringParts, counters: QueryCounters,
    rotationSeed: UInt64
  ) {
    let address = socket.address
    let batch = UDPBatch(
      isIPv6: address.address.family == .v6, tellsDestination: address.address.isUnspecified)
    let pipeline = QueryPipeline(
      counters: counters, rotationSeed: rotationSeed, settings: parts.settings)
    self.socket = socket
    self.name = name
    loop = Mutex(
      UDPWorkerLoop(socket: socket, batch: batch, pipeline: pipeline, parts: parts))
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
