import ClusterDNS
import DNSMessage
import NIOCore
import NIOEmbedded

/// DNS over TCP: whatever pieces a stream of bytes comes in, whenever the client stops taking
/// responses or sending queries, each query in it is answered, in order, as it would be by itself,
/// and nothing else is sent.
///
/// The first four bytes of an input say how the rest comes.
final class StreamTarget: InputChecker {
  private let feed: ZoneFeed

  init() {
    feed = ZoneFeed(FuzzZone.configuration, hashSeed: 1)
    feed.apply(FuzzZone.changes)
    feed.markSynced()
  }

  /// How a stream comes, the same for the same bytes.
  private struct Course {
    private var state: UInt64

    init(_ bytes: ArraySlice<UInt8>) {
      state = bytes.reduce(0x9E37_79B9_7F4A_7C15) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    mutating func next(below bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(max(1, bound)))
    }
  }

  func check(_ input: [UInt8]) throws {
    guard input.count > 4 else { return }
    var course = Course(input.prefix(4))
    let stream = input.dropFirst(4)
    let (expected, isRefused) = responses(to: Array(stream))
    let channel = EmbeddedChannel(handler: ConnectionHandlers.tcp(feed))
    defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
    try channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 53)).wait()
    var rest = stream
    while !rest.isEmpty, channel.isActive {
      // A client that takes nothing for a while.
      if course.next(below: 4) == 0 { setWritable(channel, !channel.isWritable) }
      let largest = course.next(below: 3) == 0 ? 4 : 700
      let piece = rest.prefix(1 + course.next(below: largest))
      rest = rest.dropFirst(piece.count)
      try channel.writeInbound(ByteBuffer(bytes: piece))
    }
    let isHalfClosed = course.next(below: 2) == 0
    if isHalfClosed, channel.isActive {
      channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }
    if !channel.isWritable { setWritable(channel, true) }
    channel.embeddedEventLoop.run()
    var sent: [UInt8] = []
    while let part = try channel.readOutbound(as: ByteBuffer.self) {
      sent += part.readableBytesView
    }
    try BrokenPromise.unless(
      sent == expected, "\(sent.count) bytes instead of \(expected.count) to \(input)")
    try BrokenPromise.unless(
      channel.isActive != (isRefused || isHalfClosed), "the connection is open or not: \(input)")
  }

  private func setWritable(_ channel: EmbeddedChannel, _ isWritable: Bool) {
    channel.isWritable = isWritable
    channel.pipeline.fireChannelWritabilityChanged()
  }

  /// What is sent for a stream, and whether it has something in it that is no query.
  private func responses(to stream: [UInt8]) -> (bytes: [UInt8], isRefused: Bool) {
    var answerer = MessageAnswerer(feed)
    var rest = stream[...]
    var bytes: [UInt8] = []
    while rest.count >= 2 {
      let length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      guard rest.count >= 2 + length else { break }
      let response = answerer.answer(Array(rest.dropFirst(2).prefix(length)), over: .tcp)
      rest = rest.dropFirst(2 + length)
      if response.isEmpty { return (bytes, true) }
      bytes += [UInt8(response.count >> 8), UInt8(response.count & 0xFF)] + response
    }
    return (bytes, false)
  }
}
