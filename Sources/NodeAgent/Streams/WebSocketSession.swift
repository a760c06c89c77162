import NIOCore
import NIOWebSocket
import SPDY

/// The server's side of a WebSocket (RFC 6455). Messages are sent whole, and read in pieces.
struct WebSocketSession: Sendable {
  /// A part of a message.
  struct Piece: Sendable {
    var bytes: ByteBuffer
    /// Whether the message begins with it.
    var isStart: Bool
  }

  let channel: any Channel
  let frames: NIOAsyncChannelInboundStream<WebSocketFrame>

  /// The longest frame that is read. Clients in Python send what they are given as one.
  static let longestFrame = 4 << 20

  /// Reads until the client closes, answering its pings.
  func read(_ take: @Sendable (Piece) async throws -> Void) async {
    do {
      for try await frame in frames {
        guard frame.maskKey != nil else { return await close(.protocolError) }
        switch frame.opcode {
        case .binary, .text: try await take(Piece(bytes: frame.unmaskedData, isStart: true))
        case .continuation: try await take(Piece(bytes: frame.unmaskedData, isStart: false))
        case .ping: try await send(frame.unmaskedData, .pong)
        case .connectionClose:
          var reason = frame.unmaskedData
          return await close(reason.readWebSocketErrorCode() ?? .normalClosure)
        default: break
        }
      }
    } catch {
      await close(.protocolError)
    }
  }

  /// Returns when the connection has taken it.
  func send(_ message: ByteBuffer) async throws { try await send(message, .binary) }

  private func send(_ bytes: ByteBuffer, _ opcode: WebSocketOpcode) async throws {
    try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, data: bytes)).get()
  }

  /// Says that nothing more is sent; the connection is closed by whoever serves it.
  func close(_ code: WebSocketErrorCode = .normalClosure) async {
    var reason = ByteBuffer()
    reason.write(webSocketErrorCode: code)
    // Where the client is gone there is nobody to tell.
    try? await send(reason, .connectionClose)
  }

  /// Speaks SPDY within binary messages (`SPDY/3.1+portforward.k8s.io`).
  func asSPDY(_ work: @escaping @Sendable (SPDYSession) async -> Void) async {
    let session = SPDYSession { try await send($0) }
    await Connected.run {
      await read { piece in try await session.take(piece.bytes) }
      session.end()
    } work: {
      await work(session)
      await close()
    }
  }
}
