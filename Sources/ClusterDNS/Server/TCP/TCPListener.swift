import KubernetesAPI
import NIOCore
import NIOPosix
import Synchronization

/// A bound TCP address and its connections, whatever is spoken on them.
final class TCPListener: Sendable {
  typealias Limits = ConnectionLimits

  let address: SocketAddress
  let role: SocketRole
  private struct State {
    var socket: StreamSocket?
    var channel: (any Channel)?
  }

  private let state: Mutex<State>
  private let connections: Connections
  private let start: @Sendable (_ descriptor: Int32) async throws -> any Channel

  /// Connections wait in the kernel until `start`.
  init(
    _ socket: StreamSocket, speaking transport: StreamTransport = .tcp,
    group: any EventLoopGroup, parts: AnsweringParts, counters: QueryCounters,
    limits: Limits = Limits()
  ) {
    address = socket.address
    role = transport.role
    state = Mutex(State(socket: socket))
    let connections = Connections(limit: limits.connections)
    self.connections = connections
    start = { descriptor in
      let loop = group.next()
      // One loop serves all connections of an address, so that one pipeline is enough.
      let responder = NIOLoopBoundBox<TCPResponder>.makeBoxSendingValue(
        TCPResponder(parts, counters: counters, rotationSeed: 0),
        as: TCPResponder.self, eventLoop: loop)
      return try await ServerBootstrap(group: loop)
        .serverChannelOption(.backlog, value: ServerLimits.backlog)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelOption(
          .writeBufferWaterMark,
          value: .init(low: ServerLimits.unsentBytes / 4, high: ServerLimits.unsentBytes)
        )
        .childChannelInitializer { channel in
          guard connections.add(channel) else { return channel.close() }
          return channel.eventLoop.makeCompletedFuture {
            try transport.configure(channel, responder: responder, limits: limits)
          }
        }
        .withBoundSocket(descriptor).get()
    }
  }

  /// Accepts connections.
  ///
  /// - Throws: ``SystemError`` if the system lacks descriptors.
  func begin() async throws {
    guard let socket = state.withLock({ $0.socket }) else { return }
    // The channel closes its own; the other may have to be handed over.
    let own = try SystemCalls.duplicate(socket.descriptor)
    do {
      let channel = try await start(own)
      let isLate = state.withLock { state in
        if state.socket == nil { return true }
        state.channel = channel
        return false
      }
      if isLate { channel.close(promise: nil) }
    } catch let error as IOError {
      throw SystemError(code: error.errnoCode, call: "accept \(address) (TCP)")
    }
  }

  /// The socket, for a successor; nil when it is closed.
  var handed: HandedSocket? {
    state.withLock { state in
      state.socket.map {
        HandedSocket(role: role, address: $0.address, descriptor: $0.descriptor)
      }
    }
  }

  /// Accepts no more, and returns when that is so. What waits in the kernel's queue stays there.
  func stopAccepting() async {
    guard let channel = close() else { return }
    // Fails only where it was closed already.
    try? await channel.closeFuture.get()
    // Connections accepted just before are counted by now.
    try? await channel.eventLoop.submit {}.get()
  }

  /// Leaves the connections for a while as they are, after `stopAccepting`: a successor takes the
  /// new ones.
  func stopHandedOver() async {
    let end = ContinuousClock.now + ServerLimits.lingering
    while connections.count > 0, ContinuousClock.now < end {
      // Fails only when the task is cancelled: then connections end now.
      do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
    }
    connections.drain()
  }

  @discardableResult
  private func close() -> (any Channel)? {
    let channel = state.withLock { state in
      state.socket = nil
      return state.channel
    }
    channel?.close(promise: nil)
    return channel
  }

  /// Accepts no more, answers what has been asked, and closes.
  func stop() {
    close()
    connections.drain()
  }

  /// Returns when all connections are closed, after `stop`.
  func waitUntilStopped() async {
    // The future of the close fails only where the close did.
    try? await state.withLock(\.channel)?.closeFuture.get()
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

  var count: Int { state.withLock { $0.channels.count } }

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
