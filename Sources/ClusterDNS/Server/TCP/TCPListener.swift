import KubernetesAPI
import NIOCore
import NIOPosix
import Synchronization

/// A bound TCP address and its connections.
final class TCPListener: Sendable {
  /// How connections are kept in bounds.
  struct Limits: Sendable {
    var connections = ServerLimits.connections
    var idleTimeout = ServerLimits.connectionIdle
  }

  let address: SocketAddress
  private let channel: any Channel
  private let connections: Connections

  private init(address: SocketAddress, channel: any Channel, connections: Connections) {
    self.address = address
    self.channel = channel
    self.connections = connections
  }

  /// Binds and accepts. Throws ``SystemError`` if the address is taken or not ours.
  static func bind(
    _ address: SocketAddress, group: any EventLoopGroup, cell: SnapshotCell,
    counters: QueryCounters, limits: Limits = Limits()
  ) async throws -> TCPListener {
    let connections = Connections(limit: limits.connections)
    let loop = group.next()
    // One loop serves all connections of an address, so that one pipeline is enough.
    let responder = NIOLoopBoundBox<TCPResponder>.makeBoxSendingValue(
      TCPResponder(cell: cell, counters: counters, rotationSeed: 0), as: TCPResponder.self,
      eventLoop: loop)
    let bootstrap = ServerBootstrap(group: loop)
      .serverChannelOption(.backlog, value: 512)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(
        ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1, for: address
      )
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(
        .writeBufferWaterMark,
        value: .init(low: ServerLimits.unsentBytes / 4, high: ServerLimits.unsentBytes)
      )
      .childChannelInitializer { channel in
        guard connections.add(channel) else { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            TCPConnectionHandler(
              responder: responder.value, idleTimeout: TimeAmount(limits.idleTimeout)))
        }
      }
    do {
      let channel = try await bootstrap.bind(
        host: "\(address.address)", port: Int(address.port)
      ).get()
      var bound = address
      bound.port = channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? address.port
      return TCPListener(address: bound, channel: channel, connections: connections)
    } catch let error as IOError {
      throw SystemError(code: error.errnoCode, call: "bind \(address) (TCP)")
    }
  }

  /// Accepts no more, answers what has been asked, and closes.
  func stop() {
    channel.close(promise: nil)
    connections.drain()
  }

  /// Returns when all connections are closed, after `stop`.
  func waitUntilStopped() async {
    // The future of the close fails only where the close did.
    try? await channel.closeFuture.get()
    await connections.waitUntilClosed()
  }
}

/// The open connections of a listener.
private final class Connections: Sendable {
  private struct State {
    var channels: [ObjectIdentifier: any Channel] = [:]
    var isDraining = false
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) { self.limit = limit }

  /// False if there are too many, or the listener has stopped; else the connection counts until it
  /// is closed.
  func add(_ channel: any Channel) -> Bool {
    let key = ObjectIdentifier(channel)
    let isAdded = state.withLock { state in
      guard !state.isDraining, state.channels.count < limit else { return false }
      state.channels[key] = channel
      return true
    }
    guard isAdded else { return false }
    channel.closeFuture.whenComplete { [self] _ in
      state.withLock { $0.channels[key] = nil }
    }
    return true
  }

  /// Takes no more, and asks all to end.
  func drain() {
    let channels = state.withLock { state in
      state.isDraining = true
      return Array(state.channels.values)
    }
    for channel in channels {
      channel.pipeline.fireUserInboundEventTriggered(TCPConnectionHandler.Drain())
    }
  }

  /// Each ends by itself, or at its idle limit.
  func waitUntilClosed() async {
    for channel in state.withLock({ Array($0.channels.values) }) {
      try? await channel.closeFuture.get()  // Closed is closed.
    }
  }
}

extension ServerBootstrap {
  /// An option for addresses of IPv6 only.
  fileprivate func serverChannelOption(
    _ option: ChannelOptions.Types.SocketOption, value: SocketOptionValue,
    for address: SocketAddress
  ) -> ServerBootstrap {
    address.address.family == .v6 ? serverChannelOption(option, value: value) : self
  }
}
