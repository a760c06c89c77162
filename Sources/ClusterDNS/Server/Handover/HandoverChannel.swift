import CRollcallLinux
import Glibc

/// One end of a connected Unix socket that keeps messages apart and passes descriptors (unix(7)).
final class HandoverChannel: Sendable {
  private let descriptor: Int32

  /// Takes the descriptor over.
  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { SystemCalls.close(descriptor) }

  /// Connects to who listens at a path; nil if nobody does.
  ///
  /// - Parameter timeout: seconds after which a receive fails.
  /// - Throws: ``SystemError`` if there is something, but it cannot be used.
  static func connect(_ path: String, timeout: Int) throws(SystemError) -> HandoverChannel? {
    let channel = HandoverChannel(try SystemCalls.handoverSocket())
    do {
      try SystemCalls.connect(channel.descriptor, path: path)
    } catch  where error.code == ENOENT || error.code == ECONNREFUSED {
      return nil
    }
    try SystemCalls.setReceiveTimeout(channel.descriptor, seconds: timeout)
    return channel
  }

  /// Sends a message. The other side gets a descriptor of its own for the same socket.
  func send(_ message: HandoverMessage, passing passed: Int32? = nil) throws(SystemError) {
    try SystemCalls.send(descriptor, Array(message.text.utf8), passing: passed)
  }

  /// The next message, and the descriptor that came with it, which the caller owns. Nil at the end
  /// of the conversation, or for what is no message.
  func receive() throws(SystemError) -> (message: HandoverMessage, descriptor: Int32?)? {
    let (bytes, passed) = try SystemCalls.receive(descriptor)
    guard let message = HandoverMessage(String(decoding: bytes, as: UTF8.self)) else {
      if let passed { SystemCalls.close(passed) }
      return nil
    }
    return (message, passed)
  }
}
