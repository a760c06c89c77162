import DNSMessage
package import Logging
package import NIOCore
import Synchronization

/// Takes the queries that the cluster's zone does not answer, and sends their responses when
/// upstreams or the cache have answered.
///
/// Workers hand queries over and go on; everything else happens on one event loop.
package final class Forwarder: HandOffTaker {
  private let loop: any EventLoop
  private let queue = HandOffQueue()
  private let isAwake = Atomic(false)
  private let core: NIOLoopBoundBox<ForwarderCore>

  /// - Throws: `NIOSSLError` if the configured certificate authorities cannot be used.
  package convenience init(
    _ configuration: ForwardingConfiguration, group: any EventLoopGroup, logger: Logger
  ) async throws {
    let loop = group.next()
    let context = try SocketTransport.makeContext(trustRoots: configuration.trustRoots)
    let core = try await loop.submit {
      NIOLoopBoundBox(
        ForwarderCore(
          configuration, loop: loop, transport: SocketTransport(loop: loop, tls: context),
          random: SystemRandomNumberGenerator(), logger: logger), eventLoop: loop)
    }.get()
    self.init(loop: loop, core: core)
  }

  private init(loop: any EventLoop, core: NIOLoopBoundBox<ForwarderCore>) {
    self.loop = loop
    self.core = core
  }

  /// Takes a query over. `wake` must follow, once for any number of them.
  func push(_ entry: HandOff) { queue.push(entry) }

  /// Makes the loop look at what was pushed.
  func wake() {
    if isAwake.exchange(true, ordering: .acquiringAndReleasing) { return }
    loop.execute { [self] in work() }
  }

  private func work() {
    let (entries, hasMore) = queue.take(ForwardingLimits.turn)
    for entry in entries { core.value.take(entry) }
    if hasMore {
      // Others have their turn in between.
      loop.execute { [self] in work() }
      return
    }
    isAwake.store(false, ordering: .sequentiallyConsistent)
    // One may have come between the look and the store.
    if !queue.isEmpty { wake() }
  }

  /// Begins to check upstreams for queries that come back here.
  package func start() { loop.execute { [self] in core.value.start() } }

  /// Replaces upstreams and cache, for queries from now on; those under way are not disturbed.
  ///
  /// - Throws: `NIOSSLError` if the configured certificate authorities cannot be used.
  package func reconfigure(_ configuration: ForwardingConfiguration) async throws {
    let context = try SocketTransport.makeContext(trustRoots: configuration.trustRoots)
    try await loop.submit { [self] in
      core.value.reconfigure(
        configuration, transport: SocketTransport(loop: loop, tls: context))
    }.get()
  }

  /// Returns when all queries taken over have their responses, or after five seconds; then what is
  /// open is closed.
  package func stop() async {
    let deadline = NIODeadline.now() + ForwardingLimits.drain
    let promise = loop.makePromise(of: Void.self)
    loop.execute { [self] in
      work()
      core.value.finish(by: deadline, promise)
    }
    // Never fails: succeeded in any case, at the deadline at the latest.
    try? await promise.futureResult.get()
  }

  /// What has been done so far.
  package func counts() async -> ForwardingCounts {
    // Fails only when the loop has ended, with nothing to count any more.
    let counts = try? await loop.submit { [self] in
      var counts = core.value.counts
      counts.shed += queue.shed
      return counts
    }.get()
    return counts ?? ForwardingCounts()
  }
}

/// What has been forwarded, cached and dropped since the server started.
package struct ForwardingCounts: Sendable {
  /// Queries handed over by the workers.
  package var queries: UInt64 = 0
  /// Responses by mnemonic of their code.
  package var responsesByCode: [String: UInt64] = [:]
  /// Queries dropped, the oldest first, because too many waited.
  package var shed: UInt64 = 0
  package var upstreams = UpstreamCounts()
  package var cache = CacheCounts()

  package init() {}
}
