import CRollcallLinux
import Glibc

/// A client, and the address of ours that it asked, as the kernel tells and wants them.
struct UDPPeer: Sendable {
  var address: sockaddr_in6
  var addressLength: socklen_t
  var control: rollcall_pktinfo6
  var controlLength: Int
}

/// The way back over UDP. Keeps the socket open as long as a response may come.
final class UDPReply: ReplyPath {
  private let socket: UDPSocket
  private let peer: UDPPeer

  init(socket: UDPSocket, peer: UDPPeer) {
    self.socket = socket
    self.peer = peer
  }

  func send(_ response: [UInt8]) {
    // What the kernel does not take at once is lost, as datagrams may be: nobody waits for it.
    SystemCalls.sendMessage(socket.descriptor, response, to: peer)
  }

  func drop() {}
}
