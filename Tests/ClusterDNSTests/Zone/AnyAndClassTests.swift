import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// ANY gets one record set or HINFO (RFC 8482), and only the class IN is answered as IN.
struct AnyAndClassTests {
  static let hinfo = Array("\u{7}RFC8482\0".utf8)

  @Test(
    arguments: [
      ("front.web.svc.cluster.local", "A"), ("six.web.svc.cluster.local", "AAAA"),
      ("alias.web.svc.cluster.local", "CNAME"), ("cluster.local", "SOA"),
      ("_http._tcp.front.web.svc.cluster.local", "SRV"), ("dns-version.cluster.local", "TXT"),
      ("1.0.96.10.in-addr.arpa", "PTR"), ("96.10.in-addr.arpa", "SOA"),
      // Names that exist and hold nothing.
      ("_tcp.front.web.svc.cluster.local", "HINFO"), ("web.svc.cluster.local", "HINFO"),
      ("svc.cluster.local", "HINFO"), ("0.96.10.in-addr.arpa", "HINFO"),
    ] as [(String, String)])
  func `ANY is never answered with nothing where a name exists`(name: String, type: String) throws {
    let zone = TestZone([
      Objects.service(
        "web", "front", clusterIPs: ["10.96.0.1", "fd00:10:96::1"],
        ports: [Objects.port("http", 80)]),
      Objects.service("web", "six", clusterIPs: ["fd00:10:96::2"]),
      Objects.externalName("web", "alias", "example.com"),
    ])
    let response = try zone.ask(name, .any)
    #expect(response.responseCode == .noError)
    #expect(response.answers.map { "\($0.type)" } == [type])
    #expect(response.authority.isEmpty)
    if type == "HINFO" {
      #expect(response.answers.map(\.data) == [.unknown(type: .hinfo, data: Self.hinfo)])
    }
    #expect(try zone.ask("nix.web.svc.cluster.local", .any).responseCode == .nameError)
  }

  @Test(arguments: [RecordClass.chaos, .any, RecordClass(rawValue: 4), RecordClass(rawValue: 254)])
  func `Another class is not answered as IN`(recordClass: RecordClass) throws {
    let zone = TestZone([Objects.service("web", "front", clusterIPs: ["10.96.0.1"])])
    let response = try zone.ask("front.web.svc.cluster.local", .a, recordClass: recordClass)
    #expect(response.responseCode == .refused)
    #expect(response.answers.isEmpty)
    #expect(!response.isAuthoritative)
  }

  @Test(
    arguments: [
      (0, .api, "age=0,source=api"), (7, .snapshot, "age=7,source=snapshot"),
      (1_234_567, .api, "age=1234567,source=api"),
    ] as [(Int64, ViewAge.Source, String)])
  func `The age of the view is told on request`(
    seconds: Int64, source: ViewAge.Source, expected: String
  ) throws {
    let zone = TestZone()
    zone.age.set(seconds: seconds, source: source)
    let response = try zone.ask("AGE.rollcall", .txt, recordClass: .chaos)
    let record = try #require(response.answers.first)
    #expect(record.recordClass == .chaos)
    #expect(record.ttl == 0)
    guard case .txt(let strings) = record.data else {
      Issue.record("no TXT record")
      return
    }
    #expect(strings.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",") == expected)
    #expect(try zone.ask("age.rollcall", .a, recordClass: .chaos).answers.isEmpty)
    #expect(
      try zone.ask("age.rollcal", .txt, recordClass: .chaos).responseCode == .refused)
    #expect(try zone.ask("age.rollcall", .txt).responseCode == .refused)
  }

  @Test func `Nothing known has no age`() throws {
    let response = try TestZone().ask("age.rollcall", .txt, recordClass: .chaos)
    guard case .txt(let strings) = response.answers.first?.data else {
      Issue.record("no TXT record")
      return
    }
    #expect(strings.last.map { String(decoding: $0, as: UTF8.self) } == "source=none")
  }
}
