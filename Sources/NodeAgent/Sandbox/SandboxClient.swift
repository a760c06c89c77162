import CRollcallLinux
import Glibc
import JSONTree
import Synchronization

/// The agent's side of a sandbox: orders, and news of containers that end.
final class SandboxClient: Sendable {
  private let socket: Int32
  /// For poll(2).
  var descriptor: Int32 { socket }
  private let pidDescriptor: Int32

  /// Connects to the sandbox of a Pod's directory. Throws `LinuxError`.
  init(directory: String) throws(LinuxError) {
    pidDescriptor = try LinuxCall.check("open \(directory)") {
      open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    socket = Glibc.socket(AF_UNIX, type, 0)
    var address = SocketPath.address("/proc/self/fd/\(pidDescriptor)/control")
    let result = withUnsafePointer(to: &address) { pointer in
      // A sockaddr_un is a sockaddr.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    if result != 0 { throw LinuxError(number: errno, what: "connect to the sandbox") }
  }

  deinit {
    close(socket)
    close(pidDescriptor)
  }

  func send(_ body: JSON, descriptors: [Int32] = []) throws(LinuxError) {
    try ControlMessage(body, descriptors: descriptors).send(to: socket)
  }

  /// Waits for the next message; nil when the sandbox is gone. Blocks its thread.
  func receive() throws(LinuxError) -> JSON? {
    guard let message = try ControlMessage.receive(from: socket) else { return nil }
    for descriptor in message.descriptors { close(descriptor) }
    return message.body
  }

  /// The next message with the descriptors that came along, which are the caller's to close.
  func receiveMessage() throws(LinuxError) -> ControlMessage? {
    try ControlMessage.receive(from: socket)
  }

  /// Gives an order and waits for its answer. Blocks its thread.
  func ask(_ body: JSON, descriptors: [Int32] = []) throws(LinuxError) -> JSON {
    try send(body, descriptors: descriptors)
    guard let answer = try receive() else {
      throw LinuxError(number: EPIPE, what: "the sandbox is gone")
    }
    return answer
  }

  /// Ends a wait for messages.
  func shutDown() { _ = shutdown(socket, Int32(SHUT_RDWR)) }

  /// The messages from now on, read on a thread of their own until the sandbox is gone.
  func messages() -> AsyncStream<JSON> {
    let (stream, continuation) = AsyncStream.makeStream(of: JSON.self)
    BlockingThread.start(name: "sandbox") { [self] in
      while let body = try? receive() { continuation.yield(body) }
      continuation.finish()
    }
    continuation.onTermination = { [weak self] _ in self?.shutDown() }
    return stream
  }
}
