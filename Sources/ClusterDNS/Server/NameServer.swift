import KubernetesAPI
import NIOCore
private import Synchronization

/// The sockets of the server: UDP workers and TCP listeners on each address, and listeners of
/// encrypted transports.
package final class NameServer: Sendable {
  /// What the server listens on over UDP and TCP. Ports are those bound, where 0 was asked for.
  package let addresses: [SocketAddress]
  private let workers: [UDPWorker]
  private let listeners: [TCPListener]
  private let counters: [QueryCounters]
  private let hold: ExpectedHold?
  private let state = Mutex(State.bound)

  private enum State {
    /// Queries wait in the kernel.
    case bound
    case serving
    /// Takes no more queries.
    case stopped
    /// As `stopped`; another process has the sockets.
    case handedOver
  }

  /// An address of an encrypted transport.
  struct Encrypted: Sendable {
    var address: SocketAddress
    var transport: StreamTransport
  }

  /// Where the answers come from, and what connections are served with.
  struct Backend: Sendable {
    var feed: ZoneFeed
    /// Answers for the names of other zones; nil to refuse them.
    var forwarder: Forwarder?
    /// Runs the TCP connections.
    var group: any EventLoopGroup
    var limits = ConnectionLimits()
    /// How queries are answered, beside what follows from the other fields.
    var choices = PipelineSettings.Choices()
    /// Whether names that are about to exist are waited for; nil to deny them.
    var hold: ExpectedHold.Limits?
    var rewriter: NameRewriter?
    var transfers: TransferAccess?
  }

  private init(_ binding: Binding) {
    addresses = binding.listeners.filter { $0.role == .tcp }.map(\.address)
    workers = binding.workers
    listeners = binding.listeners
    counters = binding.counters
    hold = binding.parts.hold
  }

  /// Binds every address for TCP and UDP under one port, or none. Queries wait until `run`.
  ///
  /// - Parameters:
  ///   - workerCount: threads per address.
  ///   - inherited: sockets of a predecessor, used where they fit. All its UDP sockets of an
  ///     address are, even if more than `workerCount`, because queries arrive on each.
  /// - Throws: ``SystemError`` if an address is taken or not ours.
  static func bind(
    _ addresses: [SocketAddress], encrypted: [Encrypted] = [], workerCount: Int,
    inheriting inherited: InheritedSockets? = nil, _ backend: Backend
  ) throws(SystemError) -> NameServer {
    var binding = Binding(backend: backend, inherited: inherited)
    for address in addresses { try binding.add(address, workerCount: workerCount) }
    for entry in encrypted { try binding.add(entry) }
    return NameServer(binding)
  }

  /// Sockets bound so far. Closed, all of them, when it goes without becoming a server.
  private struct Binding {
    let backend: Backend
    let inherited: InheritedSockets?
    let parts: AnsweringParts
    var workers: [UDPWorker] = []
    var listeners: [TCPListener] = []
    var counters: [QueryCounters] = []

    init(backend: Backend, inherited: InheritedSockets?) {
      self.backend = backend
      self.inherited = inherited
      var choices = backend.choices
      choices.forwards = backend.forwarder != nil
      choices.holdsExpected = backend.hold != nil
      let settings = PipelineSettings(choices)
      let cell = backend.feed.cell
      var hold: ExpectedHold?
      if let limits = backend.hold {
        let own = QueryCounters()
        counters.append(own)
        hold = ExpectedHold(
          limits, loop: backend.group.next(), cell: cell, settings: settings, counters: own,
          forwarder: backend.forwarder)
      }
      parts = AnsweringParts(
        cell: cell, settings: settings, forwarder: backend.forwarder, hold: hold,
        rewriter: backend.rewriter, transfers: backend.transfers)
    }

    mutating func add(_ address: SocketAddress, workerCount: Int) throws(SystemError) {
      for attempt in 1... {
        // TCP first: it shares its address with nobody, so that a second server is noticed.
        let stream = try streamSocket(.tcp, address)
        do {
          let sockets = try datagramSockets(stream.address, max(1, workerCount))
          for (number, socket) in sockets.enumerated() {
            workers.append(
              UDPWorker(
                name: "dns-udp-\(number)", socket: socket, parts: parts,
                counters: newCounters(), rotationSeed: UInt64(number) << 60))
          }
          add(stream, .tcp)
          return
        } catch {
          // Another port may be free for both.
          let mayRetry = error.isAddressInUse && address.port == 0
          if !mayRetry || attempt == ServerLimits.portAttempts { throw error }
        }
      }
    }

    mutating func add(_ entry: Encrypted) throws(SystemError) {
      add(try streamSocket(entry.transport.role, entry.address), entry.transport)
    }

    private mutating func add(_ socket: StreamSocket, _ transport: StreamTransport) {
      listeners.append(
        TCPListener(
          socket, speaking: transport, group: backend.group, parts: parts,
          counters: newCounters(), limits: backend.limits))
    }

    private mutating func newCounters() -> QueryCounters {
      let own = QueryCounters()
      counters.append(own)
      return own
    }

    private func streamSocket(
      _ role: SocketRole, _ address: SocketAddress
    ) throws(SystemError) -> StreamSocket {
      if let descriptor = inherited?.take(role, address) {
        return try StreamSocket(inheriting: descriptor)
      }
      return try StreamSocket(address)
    }

    private func datagramSockets(
      _ address: SocketAddress, _ count: Int
    ) throws(SystemError) -> [UDPSocket] {
      var sockets: [UDPSocket] = []
      while let descriptor = inherited?.take(.udp, address) {
        sockets.append(try UDPSocket(inheriting: descriptor))
      }
      while sockets.count < count { sockets.append(try UDPSocket(address)) }
      return sockets
    }
  }

  /// Serves until `stop` or `handOver`. Returns when every query taken is answered and every
  /// connection closed.
  ///
  /// - Throws: ``SystemError`` if the system lacks descriptors.
  package func run() async throws {
    try await start()
    await waitUntilStopped()
  }

  /// Begins to serve, unless it was stopped before.
  ///
  /// - Parameter beforeAccepting: awaited when UDP is served and no connection accepted yet: a
  ///   predecessor stops meanwhile. Connections wait in the kernel.
  func start(beforeAccepting: () async -> Void = {}) async throws {
    let mayStart = state.withLock { state in
      guard case .bound = state else { return false }
      state = .serving
      return true
    }
    guard mayStart else { return }
    for worker in workers { worker.start() }
    await beforeAccepting()
    for listener in listeners { try await listener.begin() }
  }

  /// Takes no more queries. What has been asked is still answered.
  package func stop() {
    let wasServing = state.withLock { state in
      defer { if case .handedOver = state {} else { state = .stopped } }
      if case .serving = state { return true }
      return false
    }
    hold?.stop()
    if wasServing { for worker in workers { worker.stop() } }
    for listener in listeners { listener.stop() }
  }

  /// Stops as well, but leaves the sockets, and what waits in them, to the process they were handed
  /// to.
  ///
  /// - Parameter onReleased: called once no more connections are accepted here.
  func handOver(onReleased: () -> Void = {}) async {
    let wasServing = state.withLock { state in
      guard case .serving = state else { return false }
      state = .handedOver
      return true
    }
    if wasServing { for listener in listeners { await listener.stopAccepting() } }
    onReleased()
    guard wasServing else { return }
    hold?.stop()
    for worker in workers { await worker.stopHandedOver() }
    // Together: each waits for its connections.
    await withTaskGroup(of: Void.self) { tasks in
      for listener in listeners { tasks.addTask { await listener.stopHandedOver() } }
    }
  }

  /// Whether another process has the sockets.
  var isHandedOver: Bool {
    state.withLock { if case .handedOver = $0 { true } else { false } }
  }

  /// What is handed over.
  var handed: [HandedSocket] {
    workers.map {
      HandedSocket(role: .udp, address: $0.address, descriptor: $0.descriptor)
    } + listeners.compactMap(\.handed)
  }

  /// The address bound for a role, the first if there are several.
  func address(of role: SocketRole) -> SocketAddress? {
    listeners.first { $0.role == role }?.address
  }

  /// Returns when every query taken is answered and every connection closed, after `stop` or
  /// `handOver`.
  func waitUntilStopped() async {
    if case .bound = state.withLock({ $0 }) { return }
    for worker in workers where worker.hasStarted { await worker.waitUntilStopped() }
    for listener in listeners { await listener.waitUntilStopped() }
  }

  /// Queries that wait for their names to come.
  package var heldQueries: Int { hold?.count ?? 0 }

  /// What has been done so far, all sockets together.
  package var counts: QueryCounts {
    var counts = QueryCounts()
    for counter in counters { counter.add(to: &counts) }
    return counts
  }
}
