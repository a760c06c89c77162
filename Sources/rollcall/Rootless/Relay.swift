import APIServer
import Foundation
import NIOCore
import NIOPosix

/// Carries what comes in by the front door to the servers within, and their answers back.
struct Relay: Sendable {
  let door: FrontDoor
  /// Where the servers within listen.
  let apiPort: Int
  let dnsPort: Int

  /// - Parameters:
  ///   - api: URL of the API server within.
  ///   - dns: `HOST:PORT` of DNS within.
  /// - Throws: `CommandFailure` if either has no port.
  init(door: FrontDoor, api: String, dns: String) throws {
    guard let apiPort = api.split(separator: ":").last.flatMap({ Int($0) }),
      let dnsPort = dns.split(separator: ":").last.flatMap({ Int($0) })
    else { throw CommandFailure(.software, "the front door leads nowhere: \(api), \(dns)") }
    self.door = door
    self.apiPort = apiPort
    self.dnsPort = dnsPort
  }

  var service: RunningService { RunningService("front door") { try await run() } }

  private static let host = "127.0.0.1"
  /// A client of DNS over UDP that says nothing for so long is forgotten.
  static let idle = TimeAmount.seconds(10)
  /// Clients of DNS over UDP that are remembered at once.
  static let mostClients = 4096

  /// Relays until the task is cancelled.
  func run() async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let channels = [
      try await listen(door.api, to: apiPort, group),
      try await listen(door.dnsTCP, to: dnsPort, group),
      try await datagrams(group),
    ]
    let (forever, end) = AsyncStream.makeStream(of: Void.self)
    for await _ in forever {}  // Until cancelled.
    end.finish()
    for channel in channels { channel.close(promise: nil) }
  }

  private func listen(
    _ descriptor: Int32, to port: Int, _ group: MultiThreadedEventLoopGroup
  ) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .childChannelOption(.autoRead, value: false)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelInitializer { outside in
        let loop = outside.eventLoop
        return ClientBootstrap(group: loop)
          .channelOption(.autoRead, value: false)
          .channelOption(.allowRemoteHalfClosure, value: true)
          .connect(host: Self.host, port: port)
          .flatMap { inside in
            loop.makeCompletedFuture {
              let (one, other) = PipeHandler.pair()
              try outside.pipeline.syncOperations.addHandler(one)
              try inside.pipeline.syncOperations.addHandler(other)
              return inside
            }
          }
          .flatMap { inside in inside.setOption(.autoRead, value: true) }
          .flatMap { outside.setOption(.autoRead, value: true) }
      }
      .withBoundSocket(descriptor).get()
  }

  private func datagrams(_ group: MultiThreadedEventLoopGroup) async throws -> any Channel {
    let port = dnsPort
    return try await DatagramBootstrap(group: group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            DatagramRelay(server: try SocketAddress(ipAddress: Self.host, port: port)))
        }
      }
      .withBoundSocket(door.dnsUDP).get()
  }
}

/// The outside of DNS over UDP: a socket of its own within for each client.
///
/// Everything happens on one event loop.
private final class DatagramRelay: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias OutboundOut = AddressedEnvelope<ByteBuffer>

  private let server: SocketAddress
  private var clients: [SocketAddress: EventLoopFuture<any Channel>] = [:]

  init(server: SocketAddress) { self.server = server }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let query = unwrapInboundIn(data)
    let client = query.remoteAddress
    let server = server
    if let known = clients[client] {
      known.whenSuccess { inside in
        inside.writeAndFlush(
          AddressedEnvelope(remoteAddress: server, data: query.data), promise: nil)
      }
      return
    }
    guard clients.count < Relay.mostClients else { return }
    let outside = context.channel
    let relay = NIOLoopBound(self, eventLoop: context.eventLoop)
    let made = DatagramBootstrap(group: context.eventLoop)
      .channelInitializer { inside in
        inside.eventLoop.makeCompletedFuture {
          try inside.pipeline.syncOperations.addHandler(
            IdleStateHandler(allTimeout: Relay.idle))
          try inside.pipeline.syncOperations.addHandler(
            AnswerHandler(client: client, outside: outside))
        }
      }
      .bind(host: "127.0.0.1", port: 0)
    clients[client] = made
    made.whenComplete { result in
      guard case .success(let inside) = result else {
        relay.value.clients[client] = nil
        return
      }
      inside.closeFuture.whenComplete { _ in relay.value.clients[client] = nil }
      inside.writeAndFlush(
        AddressedEnvelope(remoteAddress: server, data: query.data), promise: nil)
    }
  }
}

/// Sends the server's answers out to the client they are for.
private final class AnswerHandler: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>

  private let client: SocketAddress
  private let outside: any Channel

  init(client: SocketAddress, outside: any Channel) {
    self.client = client
    self.outside = outside
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let answer = unwrapInboundIn(data)
    outside.writeAndFlush(
      AddressedEnvelope(remoteAddress: client, data: answer.data), promise: nil)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }
}
