import Glibc

/// A closure on its way to a new thread.
final class ThreadStart: Sendable {
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
