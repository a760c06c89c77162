import Glibc
import NIOCore
import NIOPosix

/// Why a server cannot listen where it was told to. Equality looks at the code alone.
package struct ListenFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Sendable, Equatable {
    /// Somebody else listens there.
    case addressInUse
    /// The host has no such address, or the name is unknown.
    case noSuchAddress
    /// The port needs privileges.
    case permission
    /// The certificates cannot be used.
    case certificates
    case other
  }

  package let code: Code
  package let description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  /// Reads what NIO threw while binding.
  package init(_ error: any Error, host: String, port: Int) {
    let shown = host.contains(":") ? "[\(host)]" : host
    let place = "\(shown):\(port)"
    switch error {
    case let error as IOError where error.errnoCode == EADDRINUSE:
      self.init(.addressInUse, "\(place) is already in use")
    case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
      self.init(.noSuchAddress, "this host has no address \(shown)")
    case let error as IOError where error.errnoCode == EACCES || error.errnoCode == EPERM:
      self.init(.permission, "not allowed to listen on \(place)")
    case is SocketAddressError, is NIOConnectionError:
      self.init(.noSuchAddress, "cannot resolve \(shown)")
    default: self.init(.other, "cannot listen on \(place): \(error)")
    }
  }

  package static func == (left: ListenFailure, right: ListenFailure) -> Bool {
    left.code == right.code
  }
}
