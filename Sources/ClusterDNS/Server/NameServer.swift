import KubernetesAPI
package import NIOCore

/// The sockets of the server: UDP workers and TCP listeners on each address.
package final class NameServer: Sendable {
  /// What the server listens on. Ports are those bound, where 0 was asked for.
  package let addresses: [SocketAddress]
  private let workers: [UDPWorker]
  private let listeners: [TCPListener]
  private let counters: [QueryCounters]

  private init(
    addresses: [SocketAddress], workers: [UDPWorker], listeners: [TCPListener],
    counters: [QueryCounters]
  ) {
    self.addresses = addresses
    self.workers = workers
    self.listeners = listeners
    self.counters = counters
  }

  /// Binds every address for TCP and UDP under one port, or none. TCP is served at once, UDP by
  /// `run`.
  ///
  /// - Parameters:
  ///   - workerCount: threads per address.
  ///   - group: runs the TCP connections.
  /// - Throws: ``SystemError`` if an address is taken or not ours.
  package static func bind(
    _ addresses: [SocketAddress], workerCount: Int, feed: ZoneFeed, group: any EventLoopGroup
  ) async throws -> NameServer {
    try await bind(
      addresses, workerCount: workerCount, feed: feed, group: group, limits: TCPListener.Limits())
  }

  static func bind(
    _ addresses: [SocketAddress], workerCount: Int, feed: ZoneFeed, group: any EventLoopGroup,
    limits: TCPListener.Limits
  ) async throws -> NameServer {
    var workers: [UDPWorker] = []
    var listeners: [TCPListener] = []
    var counters: [QueryCounters] = []
    do {
      for address in addresses {
        let tcpCounters = QueryCounters()
        counters.append(tcpCounters)
        for attempt in 1... {
          // TCP first: it shares its address with nobody, so that a second server is noticed.
          let listener = try await TCPListener.bind(
            address, group: group, cell: feed.cell, counters: tcpCounters, limits: limits)
          do {
            let bound = try bindWorkers(listener.address, workerCount, feed, &counters)
            workers += bound
            listeners.append(listener)
            break
          } catch {
            listener.stop()
            await listener.waitUntilStopped()
            // Another port may be free for both.
            let mayRetry = error.isAddressInUse && address.port == 0
            if !mayRetry || attempt == ServerLimits.portAttempts { throw error }
          }
        }
      }
    } catch {
      for listener in listeners { listener.stop() }
      throw error
    }
    return NameServer(
      addresses: listeners.map(\.address), workers: workers, listeners: listeners,
      counters: counters)
  }

  private static func bindWorkers(
    _ address: SocketAddress, _ count: Int, _ feed: ZoneFeed, _ counters: inout [QueryCounters]
  ) throws(SystemError) -> [UDPWorker] {
    var workers: [UDPWorker] = []
    for number in 0..<max(1, count) {
      let own = QueryCounters()
      counters.append(own)
      workers.append(
        try UDPWorker(
          name: "dns-udp-\(number)", address: address, cell: feed.cell, counters: own,
          rotationSeed: UInt64(number) << 60))
    }
    return workers
  }

  /// Serves until `stop`. Returns when every query taken is answered and every connection closed.
  package func run() async {
    start()
    await waitUntilStopped()
  }

  /// Begins to serve.
  func start() {
    for worker in workers { worker.start() }
  }

  /// Takes no more queries. What has been asked is still answered.
  package func stop() {
    for worker in workers { worker.stop() }
    for listener in listeners { listener.stop() }
  }

  /// Returns when every query taken is answered and every connection closed, after `stop`.
  func waitUntilStopped() async {
    for worker in workers { await worker.waitUntilStopped() }
    for listener in listeners { await listener.waitUntilStopped() }
  }

  /// What has been done so far, all sockets together.
  package var counts: QueryCounts {
    var counts = QueryCounts()
    for counter in counters { counter.add(to: &counts) }
    return counts
  }
}
