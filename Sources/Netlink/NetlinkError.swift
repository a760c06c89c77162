import Glibc

/// A netlink request the kernel refused, an answer that cannot be read, or a socket that failed.
package struct NetlinkError: Error, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The kernel, or the system call, gave this `errno`.
    case system(Int32)
    /// The answer ends before it is complete, or claims lengths it does not have.
    case malformed
    /// The kernel dropped messages because they were not read fast enough: list again.
    case overrun
    /// No answer within the time the socket waits.
    case timedOut
    /// A dump was changed while it was read, more often than it was tried again.
    case interrupted
  }

  package var code: Code
  /// What was asked, as `RTM_NEWLINK rollcall0`.
  package var request: String
  /// The kernel's own explanation (NETLINK_EXT_ACK); empty where it gives none.
  package var explanation: String

  package init(_ code: Code, _ request: String, explanation: String = "") {
    self.code = code
    self.request = request
    self.explanation = explanation
  }

  package var description: String {
    let reason =
      switch code {
      case .system(let number): String(cString: strerror(number))
      case .malformed: "malformed answer"
      case .overrun: "messages were lost"
      case .timedOut: "no answer"
      case .interrupted: "the dump kept changing"
      }
    return "\(request): \(reason)" + (explanation.isEmpty ? "" : " (\(explanation))")
  }

  /// The `errno`, where there is one.
  package var number: Int32? {
    if case .system(let number) = code { number } else { nil }
  }

  package var isExisting: Bool { number == EEXIST }
  /// The object, the link or the route is not there.
  package var isMissing: Bool {
    number == ENOENT || number == ENODEV || number == ESRCH || number == EADDRNOTAVAIL
  }
  package var isPermissionDenied: Bool { number == EPERM || number == EACCES }
}
