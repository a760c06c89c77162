import CRollcallLinux
import Glibc
import Synchronization

/// A network namespace, held by an open file.
package final class NetworkNamespace: Sendable {
  /// Owned by this object; for `Link.Namespace.descriptor`.
  package let descriptor: Int32

  /// Opens the namespace a path names, as `/proc/PID/ns/net`.
  package init(path: String) throws(NetlinkError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw NetlinkError(.system(errno), path) }
  }

  /// The calling thread's own.
  package static func current() throws(NetlinkError) -> NetworkNamespace {
    try NetworkNamespace(path: "/proc/thread-self/ns/net")
  }

  /// Makes a new namespace, which lives while something holds it open or is in it.
  package static func make() throws(NetlinkError) -> NetworkNamespace {
    let result = Self.onThread { () -> Result<NetworkNamespace, NetlinkError> in
      guard rollcall_unshare(rollcall_clone_newnet()) == 0 else {
        return .failure(NetlinkError(.system(errno), "unshare CLONE_NEWNET"))
      }
      do throws(NetlinkError) {
        return .success(try NetworkNamespace.current())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Runs a body on a thread of its own within the namespace. Sockets opened there stay in it.
  package func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws(NetlinkError) -> Value
  ) throws(NetlinkError) -> Value {
    let descriptor = descriptor
    let result = Self.onThread { () -> Result<Value, NetlinkError> in
      guard rollcall_setns(descriptor, rollcall_clone_newnet()) == 0 else {
        return .failure(NetlinkError(.system(errno), "setns"))
      }
      do throws(NetlinkError) {
        return .success(try body())
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// A thread that changes its namespace is not used again: it ends with the body.
  private static func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () -> Result<Value, NetlinkError>
  ) -> Result<Value, NetlinkError> {
    let box = ThreadBox { body() }
    var thread = pthread_t()
    let argument = Unmanaged.passRetained(box)
    let error = pthread_create(
      &thread, nil,
      { raw in
        guard let raw else { return nil }
        // The reference passed to pthread_create, taken exactly once.
        Unmanaged<AnyThreadBox>.fromOpaque(raw).takeRetainedValue().run()
        return nil
      }, argument.toOpaque())
    guard error == 0 else {
      argument.release()
      return .failure(NetlinkError(.system(error), "pthread_create"))
    }
    pthread_join(thread, nil)
    return box.result ?? .failure(NetlinkError(.malformed, "thread"))
  }
}

private class AnyThreadBox {
  func run() {}
}

/// Carries a body to a thread and its result back.
private final class ThreadBox<Value: Sendable>: AnyThreadBox {
  private let body: () -> Value
  private(set) var result: Value?

  init(_ body: @escaping () -> Value) { self.body = body }

  override func run() { result = body() }
}
