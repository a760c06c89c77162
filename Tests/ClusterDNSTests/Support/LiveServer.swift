import Foundation
import KubernetesAPI
import NIOCore
import NIOPosix

@testable import ClusterDNS

/// A server on a free port of the loopback interface, for the time of a test.
enum LiveServer {
  static let loopback = ClusterDNS.SocketAddress(.v4(0x7F00_0001), port: 0)
  static let loopback6 = ClusterDNS.SocketAddress(.v6(high: 0, low: 1), port: 0)

  static func makeFeed(_ changes: [ZoneChange]) -> ZoneFeed {
    let feed = ZoneFeed(ZoneConfiguration(domain: ZoneConfiguration.defaultDomain))
    feed.apply(changes)
    feed.markSynced()
    return feed
  }

  /// Serves while the body runs, and has drained when this returns.
  static func with(
    _ addresses: [ClusterDNS.SocketAddress] = [loopback], feed: ZoneFeed, workerCount: Int = 2,
    forwarder: Forwarder? = nil, limits: TCPListener.Limits = TCPListener.Limits(),
    _ body: @escaping @Sendable (NameServer) throws -> Void
  ) async throws {
    let server = try await NameServer.bind(
      addresses, workerCount: workerCount, feed: feed, forwarder: forwarder,
      group: MultiThreadedEventLoopGroup.singleton, limits: limits)
    try await server.start()
    let result = await onThread { try body(server) }
    server.stop()
    await server.waitUntilStopped()
    try result.get()
  }

  /// Clients block, so each body gets a thread of its own: Dispatch's are those that run tasks, as
  /// many as there are processors, and one that never pauses would leave the server's tasks none.
  static func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async -> Result<Value, any Error> {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: Result { try body() }) }
    }
  }
}

extension NameServer {
  /// Binds addresses without encrypted ones.
  static func bind(
    _ addresses: [ClusterDNS.SocketAddress], workerCount: Int, feed: ZoneFeed,
    forwarder: Forwarder? = nil, group: any EventLoopGroup,
    limits: TCPListener.Limits = TCPListener.Limits()
  ) async throws -> NameServer {
    try bind(
      addresses, workerCount: workerCount,
      Backend(feed: feed, forwarder: forwarder, group: group, limits: limits))
  }
}
