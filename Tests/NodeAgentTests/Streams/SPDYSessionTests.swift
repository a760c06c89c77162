import JSONTree
import NIOCore
import SPDY
import Synchronization
import Testing

@testable import NodeAgent

struct SPDYSessionTests {
  /// A client that keeps what the server sends.
  private final class Client: Sendable {
    private let sent = Mutex<[UInt8]>([])
    private let writer = Mutex(FrameWriter())

    func session() -> SPDYSession {
      SPDYSession { bytes in self.sent.withLock { $0 += bytes.readableBytesView } }
    }

    func frame(_ frame: Frame) throws -> ByteBuffer {
      ByteBuffer(
        bytes: try writer.withLock { writer throws(SPDYError) in try writer.write(frame) })
    }

    func received() throws -> [Frame] {
      var reader = FrameReader()
      reader.append(sent.withLock(\.self))
      var frames: [Frame] = []
      while let frame = try reader.next() { frames.append(frame) }
      return frames
    }
  }

  @Test func streamsAreOpenedAnsweredAndEnded() async throws {
    let client = Client()
    let session = client.session()
    try await session.take(
      client.frame(.open(StreamOpening(stream: 1, headers: ["streamtype": "stdin"]))))
    try await session.take(client.frame(.data(stream: 1, bytes: [1, 2], isFinal: false)))
    try await session.take(client.frame(.data(stream: 1, bytes: [], isFinal: true)))
    let stream = try #require(await session.arrivals.next())
    #expect(stream.headers["streamtype"] == "stdin")
    #expect(await stream.input.next() == ByteBuffer(bytes: [1, 2]))
    #expect(await stream.input.next() == nil)
    try await stream.write(ByteBuffer(bytes: [3]))
    await stream.close()
    await stream.close()
    await #expect(throws: ChannelError.self) { try await stream.write(ByteBuffer(bytes: [4])) }
    #expect(
      try client.received() == [
        .reply(stream: 1, headers: [:], isFinal: false),
        .data(stream: 1, bytes: [3], isFinal: false), .data(stream: 1, bytes: [], isFinal: true),
      ])
  }

  @Test func pingsAreAnsweredAndWhatIsOutOfPlaceRefused() async throws {
    let client = Client()
    let session = client.session()
    try await session.take(client.frame(.ping(3)))
    try await session.take(client.frame(.data(stream: 9, bytes: [1], isFinal: true)))
    try await session.take(client.frame(.open(StreamOpening(stream: 2, headers: [:]))))
    #expect(try client.received() == [.ping(3), .reset(stream: 2, status: .refusedStream)])
  }

  @Test func aResetEndsAStream() async throws {
    let client = Client()
    let session = client.session()
    try await session.take(client.frame(.open(StreamOpening(stream: 1, headers: [:]))))
    let stream = try #require(await session.arrivals.next())
    try await session.take(client.frame(.reset(stream: 1, status: .cancel)))
    #expect(await stream.input.next() == nil)
    await #expect(throws: ChannelError.self) { try await stream.write(ByteBuffer(bytes: [4])) }
  }

  @Test func aStreamNobodyReadsHoldsTheConnectionUp() async throws {
    let client = Client()
    let session = client.session()
    try await session.take(client.frame(.open(StreamOpening(stream: 1, headers: [:]))))
    let stream = try #require(await session.arrivals.next())
    let piece = [UInt8](repeating: 7, count: inputCapacity / 2)
    try await session.take(client.frame(.data(stream: 1, bytes: piece, isFinal: false)))
    let isTaken = Mutex(false)
    let bytes = try client.frame(.data(stream: 1, bytes: piece, isFinal: false))
    let taking = Task {
      try await session.take(bytes)
      isTaken.withLock { $0 = true }
    }
    for _ in 0..<100 { await Task.yield() }
    let early = isTaken.withLock { $0 }
    #expect(!early)
    _ = await stream.input.next()
    try await taking.value
    let late = isTaken.withLock { $0 }
    #expect(late)
    session.end()
  }

  @Test func theStreamsOfACommandCarryItsEnd() async throws {
    let client = Client()
    let session = client.session()
    for (id, type) in [(1, "error"), (3, "stdin"), (5, "stdout"), (7, "resize")] {
      try await session.take(
        client.frame(
          .open(StreamOpening(stream: UInt32(id), headers: ["streamtype": .init(type)]))))
    }
    try await session.take(
      client.frame(
        .data(stream: 7, bytes: Array(#"{"Width":90,"Height":30}"#.utf8), isFinal: false)))
    let options = try CommandOptions(AgentTarget("/e?input=1&output=1&tty=1&command=a").query)
    await SPDYCommandStreams.serve(session, version: "v4.channel.k8s.io", options: options) {
      streams in
      let size = await streams.sizes.next()
      #expect(size?.columns == 90 && size?.rows == 30)
      try? await streams.write(ByteBuffer(string: "hi"), to: .output)
      await streams.finish(.exited(3, of: ["a"]))
    }
    let frames = try client.received()
    #expect(frames.contains(.data(stream: 5, bytes: Array("hi".utf8), isFinal: false)))
    let status = CommandOutcome.exited(3, of: ["a"]).status.encoded()
    #expect(frames.contains(.data(stream: 1, bytes: status, isFinal: false)))
    for id: UInt32 in [1, 3, 5, 7] {
      #expect(frames.contains(.data(stream: id, bytes: [], isFinal: true)))
    }
  }
}
