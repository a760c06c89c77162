import Glibc
import Synchronization

/// Sends packets to a Service's address until an endpoint on the wanted port answers.
final class RoutingProbe: Sendable {
  private struct Task {
    var address: String
    var answer: UInt8
  }

  private struct State {
    var task: Task?
    var found: Double?
    var failures = 0
  }

  private let state = Mutex(State())
  /// Between two connections: the finest the measurement tells apart, at little load.
  private static let pause: useconds_t = 150

  /// Starts the endpoints, one for each port, and the thread that asks.
  init() throws {
    for (index, port) in ClusterObjects.ports.enumerated() {
      let socket = try StreamSocket.listen(port: port)
      DetachedThread.start { socket.serve(answering: UInt8(index + 1)) }
    }
    DetachedThread.start { [self] in
      while true { step() }
    }
  }

  private func step() {
    usleep(Self.pause)
    guard let task = state.withLock({ $0.found == nil ? $0.task : nil }) else { return }
    let answer = StreamSocket.ask(task.address, 80)
    let time = now()
    state.withLock { state in
      if answer == nil { state.failures += 1 }
      if answer == task.answer { state.found = time }
    }
  }

  /// Begins to look for the endpoint on one of the ports.
  func begin(_ address: String, port index: Int) {
    state.withLock { state in
      state.task = Task(address: address, answer: UInt8(index + 1))
      state.found = nil
    }
  }

  /// When the first answer came; throws after ten seconds without.
  func wait() throws -> Double {
    let deadline = now() + 10
    while now() < deadline {
      if let found = state.withLock({ $0.found }) { return found }
      usleep(100)
    }
    throw BenchmarkFailure("a change is not routed after ten seconds")
  }

  /// Connections that nobody answered; of all changes there should be none.
  var failures: Int { state.withLock { $0.failures } }
}

/// A thread that runs on its own until the process ends.
final class DetachedThread: Sendable {
  private let body: @Sendable () -> Void

  private init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  static func start(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    // The thread takes the reference over.
    let context = Unmanaged.passRetained(DetachedThread(body)).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        if let context {
          Unmanaged<DetachedThread>.fromOpaque(context).takeRetainedValue().body()
        }
        return nil
      }, context)
    pthread_detach(thread)
  }
}
