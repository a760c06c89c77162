import KubernetesAPI
import NIOCore
import NIOHTTP1

/// Writes one response, a piece at a time and no faster than the client takes it.
struct HTTPResponseWriter: Sendable {
  let channel: any Channel
  let version: HTTPConnection.Version
  /// Whether the request was a HEAD: its answer has no body.
  let isHead: Bool
  /// Whether the client lets the connection go on.
  let keepsAlive: Bool

  /// - Returns: whether the connection can take another request.
  func write(_ response: APIResponse) async -> Bool {
    do {
      switch response.body {
      case .bytes(let bytes): try await write(response, bytes)
      case .stream(let chunks): try await write(response, chunks)
      }
      return keepsAlive
    } catch {
      return false
    }
  }

  private func write(_ response: APIResponse, _ bytes: [UInt8]) async throws {
    var head = head(response)
    head.headers.add(name: "content-length", value: String(bytes.count))
    if isHead || bytes.count <= HTTPLimits.responsePiece {
      return try await flush([.head(head)] + (isHead ? [] : [body(bytes[...])]) + [.end(nil)])
    }
    var rest = bytes[...]
    var parts: [HTTPServerResponsePart] = [.head(head)]
    while !rest.isEmpty {
      parts.append(body(rest.prefix(HTTPLimits.responsePiece)))
      rest = rest.dropFirst(HTTPLimits.responsePiece)
      if rest.isEmpty { parts.append(.end(nil)) }
      try await flush(parts)
      parts.removeAll()
    }
  }

  private func write(
    _ response: APIResponse, _ chunks: AsyncThrowingStream<[UInt8], any Error>
  ) async throws {
    try await flush([.head(head(response))])
    if !isHead {
      for try await chunk in chunks where !chunk.isEmpty {
        try await flush([body(chunk[...])])
      }
    }
    try await flush([.end(nil)])
  }

  private func head(_ response: APIResponse) -> HTTPResponseHead {
    var headers = HTTPHeaders()
    headers.reserveCapacity(response.headers.count + 2)
    for (name, value) in response.headers { headers.add(name: name, value: value) }
    if !keepsAlive, version == .http1 { headers.add(name: "connection", value: "close") }
    return HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: response.status),
      headers: headers)
  }

  private func body(_ bytes: ArraySlice<UInt8>) -> HTTPServerResponsePart {
    .body(.byteBuffer(channel.allocator.buffer(bytes: bytes)))
  }

  /// Returns once the socket has taken the parts; closes the channel if that takes too long.
  private func flush(_ parts: [HTTPServerResponsePart]) async throws {
    let channel = channel
    try await channel.eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
      for part in parts.dropLast() { channel.write(part, promise: nil) }
      guard let last = parts.last else { return channel.eventLoop.makeSucceededVoidFuture() }
      let written = channel.writeAndFlush(last)
      let wait = StalledWrite(channel)
      written.assumeIsolated().whenComplete { _ in wait.end() }
      wait.begin()
      return written
    }.get()
  }
}

/// Closes a channel whose client takes nothing for too long.
///
/// Most writes are over at once, and then no timer is set. Lives on the channel's event loop.
private final class StalledWrite {
  private let channel: any Channel
  private var isOver = false
  private var timer: Scheduled<Void>?

  init(_ channel: any Channel) {
    self.channel = channel
  }

  func begin() {
    guard !isOver else { return }
    let channel = channel
    timer = channel.eventLoop.scheduleTask(in: HTTPLimits.stalledWrite) {
      channel.close(promise: nil)
    }
  }

  func end() {
    isOver = true
    timer?.cancel()
  }
}
