import CRollcallLinux
import Glibc

/// Makes a system call that a thread waits in return.
///
/// A signal does that, and nothing else would: what wakes a socket's readers would wake those of
/// the process that the socket has been handed to, too.
enum ThreadInterrupt {
  /// Ignored by default, and sent by the kernel only to who asked for it.
  private static let signal = SIGURG

  /// Installs a handler that does nothing, so that the signal interrupts. Once per process.
  private static let isPrepared = rollcall_interrupt_with(signal) == 0

  /// The thread must not have ended.
  static func send(to thread: pthread_t) {
    _ = isPrepared
    _ = pthread_kill(thread, signal)
  }
}
