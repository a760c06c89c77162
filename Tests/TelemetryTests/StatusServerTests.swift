import NIOCore
import NIOPosix
import Telemetry
import Testing

struct StatusServerTests {
  /// Sends bytes over a new connection and gives what comes until the server closes it.
  private func exchange(_ text: String, port: Int) async throws -> String {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: text))
      var answer = ""
      for try await buffer in inbound { answer += String(buffer: buffer) }
      return answer
    }
  }

  private func withServer(_ body: (Int) async throws -> Void) async throws {
    let server = StatusServer(host: "127.0.0.1", port: 0) { request in
      request.path == "/health"
        ? StatusResponse(body: "OK " + (request.query["q"] ?? "")) : .notFound
    }
    let port = try await server.start()
    try await body(port)
    await server.stop()
  }

  @Test func pagesAreAnsweredAndOthersAreNotFound() async throws {
    try await withServer { port in
      let answer = try await exchange(
        "GET /health?q=1 HTTP/1.1\r\nhost: x\r\n\r\nGET /nope HTTP/1.1\r\nhost: x\r\n"
          + "connection: close\r\n\r\n", port: port)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.contains("content-length: 4\r\n") && answer.contains("\r\n\r\nOK 1"))
      #expect(answer.contains("HTTP/1.1 404 Not Found\r\n"))
    }
  }

  @Test func headHasNoBody() async throws {
    try await withServer { port in
      let answer = try await exchange("HEAD /health HTTP/1.0\r\n\r\n", port: port)
      #expect(answer.contains("content-length: 3\r\n") && answer.hasSuffix("\r\n\r\n"))
    }
  }

  @Test(arguments: [
    ("POST /health HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\nab", "405"),
    ("GET health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "400"),
    ("nonsense\r\n\r\n", "400"),
  ])
  func whatCannotBeAnsweredIsSaid(request: String, code: String) async throws {
    try await withServer { port in
      let answer = try await exchange(request, port: port)
      #expect(answer.hasPrefix("HTTP/1.1 \(code) "))
    }
  }

  @Test func aTakenPortIsAFailureThatSaysSo() async throws {
    try await withServer { port in
      let second = StatusServer(host: "127.0.0.1", port: port) { _ in .notFound }
      let error = await #expect(throws: ListenFailure.self) { try await second.start() }
      #expect(error?.code == .addressInUse)
      #expect(error?.description == "127.0.0.1:\(port) is already in use")
    }
  }

  @Test func afterStopNobodyAnswers() async throws {
    let server = StatusServer(host: "127.0.0.1", port: 0) { _ in .notFound }
    let port = try await server.start()
    await server.stop()
    await #expect(throws: (any Error).self) {
      try await exchange("GET / HTTP/1.0\r\n\r\n", port: port)
    }
  }
}
