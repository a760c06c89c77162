import DNSMessage
import KubernetesAPI
import KubernetesClient
import Logging
import NIOPosix
import Synchronization
import Testing

@testable import ClusterDNS

@Suite(.timeLimit(.minutes(1)))
struct ClusterDNSServerTests {
  static let name = "openldap.default.svc.cluster.local"

  static func service() -> Service {
    var service = Service(metadata: ObjectMeta(name: "openldap", namespace: "default"))
    service.clusterIPs = ["None"]
    return service
  }

  static func slice(ready: [Bool]) -> EndpointSlice {
    var slice = EndpointSlice(
      metadata: ObjectMeta(
        name: "openldap-x", namespace: "default",
        labels: [EndpointSlice.serviceNameLabel: "openldap"]), addressType: .ipv4)
    slice.endpoints = ready.enumerated().map { index, ready in
      EndpointSlice.Endpoint(addresses: ["10.233.0.\(index + 1)"], ready: ready)
    }
    return slice
  }

  /// Runs a server over the cluster while the body asks it.
  static func with(
    _ cluster: FakeCluster,
    _ body: @escaping @Sendable (ClusterDNSServer, SocketAddress) throws -> Void
  ) async throws {
    let (events, continuation) = AsyncStream<ClusterDNSServer.Event>.makeStream()
    let server = makeServer(cluster, listen: [LiveServer.loopback]) { continuation.yield($0) }
    let run = Task { try await server.run() }
    var iterator = events.makeAsyncIterator()
    guard case .listening(let addresses) = await iterator.next() else {
      Issue.record("listening is not the first event")
      return
    }
    let result = await LiveServer.onThread { try body(server, addresses[0]) }
    try result.get()
    guard case .ready = await iterator.next() else {
      Issue.record("ready is not the second event")
      return
    }
    run.cancel()
    try await run.value
  }

  static func makeServer(
    _ cluster: FakeCluster, listen: [SocketAddress],
    onEvent: @escaping @Sendable (ClusterDNSServer.Event) -> Void = { _ in }
  ) -> ClusterDNSServer {
    ClusterDNSServer(
      client: KubernetesClient(transport: cluster),
      configuration: ClusterDNSServer.Configuration(
        listen: listen, workerCount: 1,
        zone: ZoneConfiguration(domain: ZoneConfiguration.defaultDomain)),
      group: MultiThreadedEventLoopGroup.singleton,
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
      onEvent: onEvent)
  }

  static func expect(_ client: borrowing TinyClient, answers: Int) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try client.ask(name, .a).answers.count != answers {
      try #require(ContinuousClock.now < deadline, "expected \(answers) answers")
    }
  }

  @Test
  func `Names fail until the lists are complete, then follow every change`() async throws {
    let cluster = FakeCluster()
    cluster.hold()
    cluster.put(Self.service())
    cluster.put(Self.slice(ready: [true, true]))
    try await Self.with(cluster) { server, address in
      let client = try TinyClient(udp: address)
      #expect(try client.ask(Self.name, .a).responseCode == .serverFailure)
      #expect(!server.isReady)
      cluster.release()
      try Self.expect(client, answers: 2)
      #expect(server.isReady)
      cluster.put(Self.slice(ready: [true, false]))
      try Self.expect(client, answers: 1)
      var publishing = Self.service()
      publishing.metadata.annotations[Service.tolerateUnreadyAnnotation] = "true"
      cluster.put(publishing)
      try Self.expect(client, answers: 2)
      cluster.delete(Self.service())
      try Self.expect(client, answers: 0)
      #expect(try client.ask(Self.name, .a).responseCode == .nameError)
      cluster.put(Namespace(metadata: ObjectMeta(name: "default")))
      let deadline = ContinuousClock.now + .seconds(60)
      while try client.ask("default.svc.cluster.local", .a).responseCode != .noError {
        try #require(ContinuousClock.now < deadline)
      }
      #expect(server.counts.udpQueries > 5)
    }
  }

  @Test func `A taken port ends the run with its reason`() async throws {
    let other = try await NameServer.bind(
      [LiveServer.loopback], workerCount: 1, feed: LiveServer.makeFeed([]),
      group: MultiThreadedEventLoopGroup.singleton)
    let server = Self.makeServer(FakeCluster(), listen: other.addresses)
    let error = await #expect(throws: SystemError.self) { try await server.run() }
    #expect(error?.isAddressInUse == true)
    other.stop()
    try await other.run()
  }
}
