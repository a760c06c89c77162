import DNSMessage
import KubernetesAPI
import NIOPosix
import Testing

@testable import ClusterDNS

/// Whole zones for those who may have them (RFC 5936).
@Suite(.timeLimit(.minutes(2)))
struct ZoneTransferTests {
  static let zone = "cluster.local"

  static var changes: [ZoneChange] {
    [
      Objects.service(
        "default", "web", clusterIPs: ["10.96.0.1", "fd00:10:96::1"],
        ports: [Objects.port("http", 80)]),
      Objects.service("default", "db", ports: [Objects.port("sql", 5432)]),
      Objects.slice(
        "default", "db", of: "db", ["db-0=10.0.0.1", "10.0.0.2", "!db-2=10.0.0.3"],
        ports: [("sql", 5432)]),
      Objects.externalName("default", "alias", "www.example.com"),
      Objects.service("default", "empty"),
      .namespace("quiet"),
    ]
  }

  static func feed(_ changes: [ZoneChange]) -> ZoneFeed {
    var configuration = ZoneConfiguration(domain: ZoneConfiguration.defaultDomain)
    configuration.serviceRanges = [CIDR("10.96.0.0/16")].compactMap(\.self)
    configuration.nameServers = [.v4(0x7F00_0001)]
    let feed = ZoneFeed(configuration)
    feed.apply(changes)
    feed.markSynced(revision: 77)
    return feed
  }

  static func with(
    _ feed: ZoneFeed, allowing networks: [String] = ["127.0.0.0/8"],
    _ body: @escaping @Sendable (ClusterDNS.SocketAddress) throws -> Void
  ) async throws {
    let server = try NameServer.bind(
      [LiveServer.loopback], workerCount: 1,
      NameServer.Backend(
        feed: feed, group: MultiThreadedEventLoopGroup.singleton,
        transfers: TransferAccess(networks.compactMap { CIDR($0) })))
    try await server.start()
    let address = server.addresses[0]
    let result = await LiveServer.onThread { try body(address) }
    server.stop()
    await server.waitUntilStopped()
    try result.get()
  }

  /// All records of a transfer, the SOA records at both ends among them; checks each message.
  static func transfer(
    _ client: borrowing TinyClient, _ zone: String, type: RecordType = .axfr
  ) throws -> [Record] {
    let name = try #require(DomainName(zone))
    let query = Message(id: 5, questions: [Question(name: name, type: type)])
    try client.send(TinyClient.framed(try query.encoded()))
    var records: [Record] = []
    while true {
      let message = try #require(try client.receiveFrame())
      #expect(message.id == 5 && message.isAuthoritative && message.responseCode == .noError)
      #expect(message.questions == query.questions)
      #expect(message.authority.isEmpty && message.additional.isEmpty)
      records += message.answers
      if records.count > 1, records.last?.type == .soa { return records }
      try #require(!message.answers.isEmpty)
    }
  }

  @Test func `A zone is all its records, and its SOA first and last`() async throws {
    try await Self.with(Self.feed(Self.changes)) { address in
      let client = try TinyClient(tcp: address)
      let records = try Self.transfer(client, Self.zone)
      #expect(records.first == records.last)
      guard case .soa(let soa)? = records.first?.data else {
        Issue.record("no SOA record first")
        return
      }
      #expect(soa.serial == 77)
      #expect(
        Set(records.dropFirst().dropLast().map(\.text)) == [
          "@ NS ns.dns", "ns.dns A 127.0.0.1", "dns-version TXT 1.1.0",
          "web.default.svc A 10.96.0.1", "web.default.svc AAAA fd00:10:96::1",
          "_http._tcp.web.default.svc SRV 80 web.default.svc",
          "db.default.svc A 10.0.0.1", "db.default.svc A 10.0.0.2",
          "db-0.db.default.svc A 10.0.0.1", "10-0-0-2.db.default.svc A 10.0.0.2",
          "_sql._tcp.db.default.svc SRV 5432 db-0.db.default.svc",
          "_sql._tcp.db.default.svc SRV 5432 10-0-0-2.db.default.svc",
          "alias.default.svc CNAME www.example.com.",
        ])
      #expect(records.count == 15)
      // The connection goes on, and the reverse zone is a zone of its own.
      let reverse = try Self.transfer(client, "96.10.in-addr.arpa")
      #expect(
        Set(reverse.dropFirst().dropLast().map(\.text)) == [
          "96.10.in-addr.arpa. NS ns.dns", "1.0.96.10.in-addr.arpa. PTR web.default.svc",
        ])
      #expect(try client.ask("web.default.svc.cluster.local", .a).answers.count == 1)
    }
  }

  @Test func `A large zone comes in many messages, of one moment`() async throws {
    let endpoints = (0..<20_000).map { "10.\(1 + $0 / 65_536).\($0 / 256 % 256).\($0 % 256)" }
    let slices = (0..<20).map { number in
      Objects.slice(
        "default", "s-\(number)", of: "big",
        Array(endpoints[number * 1000..<number * 1000 + 1000]))
    }
    let feed = Self.feed([Objects.service("default", "big")] + slices)
    try await Self.with(feed) { address in
      let client = try TinyClient(tcp: address)
      let name = try #require(DomainName(Self.zone))
      let query = Message(id: 5, questions: [Question(name: name, type: .axfr)])
      try client.send(TinyClient.framed(try query.encoded()))
      // What changes while it is sent is not in it.
      let first = try #require(try client.receiveFrame())
      feed.apply([Objects.service("default", "late", clusterIPs: ["10.96.0.9"])])
      var records = first.answers
      var messages = 1
      while records.last?.type != .soa {
        records += try #require(try client.receiveFrame()).answers
        messages += 1
      }
      #expect(messages > 20)
      #expect(records.first == records.last)
      #expect(records.count(where: { $0.type == .a }) == 40_001)
      #expect(Set(records.dropLast()).count == records.count - 1)
      #expect(!records.contains { $0.text.hasPrefix("late.") })
    }
  }

  @Test func `A client that has the zone is told so, others get it whole`() async throws {
    try await Self.with(Self.feed(Self.changes)) { address in
      let client = try TinyClient(tcp: address)
      let name = try #require(DomainName(Self.zone))
      guard case .soa(var soa)? = try client.ask(Self.zone, .soa).answers.first?.data else {
        Issue.record("no SOA record")
        return
      }
      func query() -> Message {
        Message(
          id: 5, questions: [Question(name: name, type: .ixfr)],
          authority: [Record(name: name, ttl: 0, data: .soa(soa))])
      }
      let same = try client.exchange(query())
      #expect(same.answers.map(\.type) == [.soa])
      soa.serial -= 1
      let whole = try client.exchange(query())
      #expect(whole.answers.count == 15)
      #expect(whole.questions.map(\.type) == [.ixfr])
      #expect(whole.answers.last?.type == .soa)
    }
  }

  @Test func `Others, other zones and UDP get none`() async throws {
    try await Self.with(Self.feed(Self.changes)) { address in
      let stream = try TinyClient(tcp: address)
      #expect(try stream.ask("default.svc.cluster.local", .axfr).responseCode == .notAuthoritative)
      #expect(try stream.ask("example.com", .axfr).responseCode == .notAuthoritative)
      let datagrams = try TinyClient(udp: address)
      #expect(try datagrams.ask(Self.zone, .axfr).responseCode == .refused)
    }
    try await Self.with(Self.feed(Self.changes), allowing: ["10.0.0.0/8", "::/0"]) { address in
      let stream = try TinyClient(tcp: address)
      #expect(try stream.ask(Self.zone, .axfr).responseCode == .refused)
      #expect(try stream.ask(Self.zone, .ixfr).responseCode == .refused)
      #expect(try stream.ask("web.default.svc.cluster.local", .a).answers.count == 1)
    }
  }
}
