import DNSMessage
import Foundation
import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging
import NIOPosix
import Telemetry
import Testing

@testable import ClusterDNS

/// A server with a snapshot: through an outage of the API server, and what it tells meanwhile.
struct DNSStatusTests {
  static func makeServer(_ cluster: FakeCluster, snapshot: String) -> ClusterDNSServer {
    var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    return ClusterDNSServer(
      client: KubernetesClient(transport: cluster),
      configuration: .init(
        listen: [LiveServer.loopback], workerCount: 1,
        zone: ZoneConfiguration(domain: ZoneConfiguration.defaultDomain),
        snapshot: SnapshotFile(path: snapshot)),
      group: MultiThreadedEventLoopGroup.singleton, logger: logger)
  }

  static func ask(
    _ server: ClusterDNSServer, _ name: String, _ type: RecordType = .a
  ) async throws
    -> Message
  {
    let address = try #require(try await server.bind().first)
    return try await LiveServer.onThread {
      let client = try TinyClient(udp: address)
      let question = Question(
        name: DomainName(name) ?? .root, type: type,
        recordClass: type == .txt ? .chaos : .internet)
      try client.send(try Message(id: 1, questions: [question]).encoded())
      return try Message(try client.receive())
    }.get()
  }

  static func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
      try #require(ContinuousClock.now < deadline, "it does not come true")
      // A pause between looks at a condition.
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  @Test func `A restart during an outage answers at once, says so, and becomes current`()
    async throws
  {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("rollcall-zone-\(UInt64.random(in: 0...UInt64.max))").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let cluster = FakeCluster()
    var service = Service(metadata: ObjectMeta(name: "db", namespace: "default"))
    service.clusterIPs = ["10.96.0.1"]
    cluster.put(service)

    let first = Self.makeServer(cluster, snapshot: path)
    let firstRun = Task { try await first.run() }
    try await Self.eventually { first.cluster.snapshotCounts.written > 0 }
    firstRun.cancel()
    _ = await firstRun.result

    // Now the API server does not answer.
    cluster.hold()
    let second = Self.makeServer(cluster, snapshot: path)
    let status = DNSStatus(second)
    #expect(await status.respond(to: StatusRequest(path: "/ready")).status == 503)
    try await second.bind()
    let secondRun = Task { try await second.run() }
    try await Self.eventually { second.isReady }
    let name = "db.default.svc.cluster.local"
    #expect(try await Self.ask(second, name).answers.map(\.data) == [.a(0x0A60_0001)])
    #expect(second.cluster.feed.age.source == .snapshot)
    guard case .txt(let age) = try await Self.ask(second, "age.rollcall", .txt).answers.first?.data
    else {
      Issue.record("no age")
      return
    }
    #expect(age.last.map { String(decoding: $0, as: UTF8.self) } == "source=snapshot")
    #expect(await status.respond(to: StatusRequest(path: "/ready")).status == 200)
    let strict = DNSStatus(second, maximumAge: .seconds(-1))
    let response = await strict.respond(to: StatusRequest(path: "/readyz"))
    #expect(response.status == 503)
    #expect(response.body.hasPrefix("kubernetes: the view is "))
    let page = await status.respond(to: StatusRequest(path: "/metrics")).body
    #expect(page.contains("rollcall_dns_view_from_snapshot 1\n"))

    // It is back, and the Service has moved.
    service.clusterIPs = ["10.96.0.2"]
    cluster.put(service)
    cluster.release()
    try await Self.eventually {
      try await Self.ask(second, name).answers.map(\.data) == [.a(0x0A60_0002)]
    }
    try await Self.eventually { second.cluster.feed.age.source == .api }
    secondRun.cancel()
    _ = await secondRun.result
  }

  @Test func `Metrics are under the names dashboards have`() async throws {
    let cluster = FakeCluster()
    let server = Self.makeServer(cluster, snapshot: "/nonexistent/zone")
    let run = Task { try await server.run() }
    try await Self.eventually { server.isReady }
    _ = try await Self.ask(server, "nix.default.svc.cluster.local")
    let status = DNSStatus(server)
    let page = await status.respond(to: StatusRequest(path: "/metrics")).body
    for line in [
      #"coredns_dns_requests_total{server="dns://",zone="cluster.local.","#,
      #"view="",proto="udp",type="A"} 1"#,
      #"rcode="NXDOMAIN",plugin="kubernetes"} 1"#,
      "coredns_kubernetes_dns_programming_duration_seconds_count",
      #"rollcall_dns_snapshot_writes_total{result="error"}"#, "rollcall_dns_view_age_seconds ",
      "rollcall_dns_ready 1",
    ] {
      #expect(page.contains(line), "\(line)")
    }
    #expect(await status.respond(to: StatusRequest(path: "/health")).body == "OK")
    #expect(await status.respond(to: StatusRequest(path: "/nix")).status == 404)
    run.cancel()
    _ = await run.result
  }

  @Test func `Explanations are served, and wrong questions are told`() async throws {
    let cluster = FakeCluster()
    var service = Service(metadata: ObjectMeta(name: "db", namespace: "shop"))
    service.clusterIPs = ["10.96.0.1"]
    cluster.put(service)
    cluster.put(Namespace(json: ["metadata": ["name": "default"]]))
    let status = DNSStatus(Self.makeServer(cluster, snapshot: "/nonexistent/zone"))
    func get(_ query: [String: String]) async -> StatusResponse {
      await status.respond(to: StatusRequest(path: "/explain", query: query))
    }
    #expect(await get(["name": "db.shop"]).body.contains("db.shop.svc.cluster.local. A 10.96.0.1"))
    #expect(await get(["name": "db"]).body.contains("from default it is db.shop"))
    let json = await get(["name": "db", "namespace": "shop", "output": "json"])
    #expect(json.contentType == "application/json")
    #expect(json.body.contains(#""resolves":true"#))
    #expect(await get([:]).status == 400)
    #expect(await get(["name": "db", "type": "NIX"]).status == 400)
    #expect(await get(["name": "db", "from": "pod"]).status == 400)
  }
}
