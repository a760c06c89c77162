import Synchronization

/// What a listening socket is for, in the words of a hand-over.
enum SocketRole: String, Sendable {
  case udp
  case tcp
  case tls
  case https
}

/// A listening socket as it is handed over.
struct HandedSocket: Sendable {
  var role: SocketRole
  var address: SocketAddress
  var descriptor: Int32
}

/// The sockets that another process has handed to this one, until they are taken into use.
final class InheritedSockets: Sendable {
  private let sockets: Mutex<[HandedSocket]>

  init(_ sockets: [HandedSocket]) { self.sockets = Mutex(sockets) }

  /// Those that nobody took are closed.
  deinit {
    for socket in sockets.withLock({ $0 }) { SystemCalls.close(socket.descriptor) }
  }

  /// Takes the descriptor of a socket for that role and address; a port of 0 matches any. The
  /// caller owns it then.
  func take(_ role: SocketRole, _ address: SocketAddress) -> Int32? {
    sockets.withLock { sockets in
      let index = sockets.firstIndex {
        $0.role == role && $0.address.address == address.address
          && (address.port == 0 || $0.address.port == address.port)
      }
      return index.map { sockets.remove(at: $0).descriptor }
    }
  }
}
