import DNSMessage
import Testing

@testable import ClusterDNS

struct TruncationTests {
  static func makeZone(endpoints: Int) -> TestZone {
    TestZone([
      Objects.service("default", "big", ports: [Objects.port("p", 1)]),
      Objects.slice(
        "default", "big-1", of: "big", (0..<endpoints).map { "10.1.\($0 / 250).\($0 % 250 + 1)" },
        ports: [("p", 1)]),
    ])
  }

  static let name = "big.default.svc.cluster.local"
  static let location = "_p._tcp.big.default.svc.cluster.local"

  @Test(
    arguments: [
      // 12 bytes of header, 35 of question; 16 per record, 11 of OPT.
      (nil, 29, 29, false), (nil, 30, 29, true), (nil, 1000, 29, true),
      (512, 28, 28, false), (512, 29, 28, true),
      (1232, 73, 73, false), (1232, 74, 73, true), (4096, 1000, 73, true),
    ] as [(UInt16?, Int, Int, Bool)])
  func `UDP answers are cut between records at the client's size`(
    size: UInt16?, endpoints: Int, answered: Int, isTruncated: Bool
  ) throws {
    let response = try Self.makeZone(endpoints: endpoints).ask(
      Self.name, .a, edns: size.map { EDNS(udpPayloadSize: $0) })
    #expect(response.answers.count == answered)
    #expect(response.isTruncated == isTruncated)
    #expect(response.isAuthoritative)
    #expect(Set(response.answers).count == answered)
  }

  @Test func `TCP carries them all, up to 64 KiB`() throws {
    let all = try Self.makeZone(endpoints: 4000).ask(Self.name, .a, over: .tcp)
    #expect(all.answers.count == 4000)
    #expect(!all.isTruncated)
    let cut = try Self.makeZone(endpoints: 5000).ask(Self.name, .a, over: .tcp, edns: EDNS())
    #expect(cut.answers.count == (65_535 - 12 - 35 - 11) / 16)
    #expect(cut.isTruncated)
  }

  @Test func `Every endpoint of a large set is reached over UDP alone`() throws {
    let zone = Self.makeZone(endpoints: 1000)
    var seen: Set<Record> = []
    for _ in 0..<200 {
      seen.formUnion(try zone.ask(Self.name, .a, edns: EDNS()).answers)
    }
    #expect(seen.count == 1000)
  }

  @Test func `Additional records are left out without TC`() throws {
    // Seven SRV records fit 512 bytes; their addresses only in part.
    let response = try Self.makeZone(endpoints: 7).ask(Self.location, .srv)
    #expect(response.answers.count == 7)
    #expect(!response.isTruncated)
    #expect(response.additional.count < 7)
    let cut = try Self.makeZone(endpoints: 60).ask(Self.location, .srv, edns: EDNS())
    #expect(cut.isTruncated)
    #expect(cut.additional.count <= cut.answers.count)
  }

  @Test func `Additional records stop where pointers cannot reach`() throws {
    let response = try Self.makeZone(endpoints: 900).ask(Self.location, .srv, over: .tcp)
    #expect(response.answers.count == 900)
    #expect(!response.isTruncated)
    #expect(!response.additional.isEmpty)
    #expect(response.additional.count < 900)
    let targets = response.answers.compactMap { record in
      if case .srv(_, _, _, let target) = record.data { target } else { nil }
    }
    for record in response.additional { #expect(targets.contains(record.name)) }
  }

  @Test func `Pointers of one address are cut like other answers`() throws {
    let zone = TestZone(
      (0..<60).flatMap { index in
        [
          Objects.service("default", "s-\(index)"),
          Objects.slice("default", "s-\(index)", of: "s-\(index)", ["10.0.0.1"]),
        ]
      })
    let response = try zone.ask("1.0.0.10.in-addr.arpa", .ptr)
    #expect(response.isTruncated)
    #expect(response.answers.count > 5)
    let whole = try zone.ask("1.0.0.10.in-addr.arpa", .ptr, over: .tcp)
    #expect(whole.answers.count == 60)
    #expect(Array(whole.answers.prefix(response.answers.count)) == response.answers)
  }
}
