import CRollcallLinux
import Glibc

/// Threads for calls that wait in the kernel, which must not occupy Swift's own.
enum BlockingThread {
  private final class Body {
    let name: String
    let run: @Sendable () -> Void

    init(_ name: String, _ run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Starts a thread with a small stack; without one to be had the body does not run.
  @discardableResult
  static func start(name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 256 << 10)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(Body(name, body))
    let error = pthread_create(
      &thread, &attributes,
      { raw in
        guard let raw else { return nil }
        // The reference passed to pthread_create, taken exactly once.
        let body = Unmanaged<Body>.fromOpaque(raw).takeRetainedValue()
        _ = rollcall_name_thread(body.name)
        body.run()
        return nil
      }, argument.toOpaque())
    if error != 0 { argument.release() }
    return error == 0
  }

  /// Runs a blocking call and gives its result to the task that waits.
  static func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let started = start(name: "blocking") {
        continuation.resume(with: Result(catching: body))
      }
      if !started { continuation.resume(throwing: LinuxError(number: EAGAIN, what: "thread")) }
    }
  }
}
