import DNSMessage
import NIOCore
import Testing

@testable import ClusterDNS

struct SearchedNameTests {
  static func search(_ name: String, _ length: Int) throws -> SearchedName {
    let denial = Message(
      id: 9, flags: HeaderFlags(rawValue: HeaderFlags.response | HeaderFlags.authoritative),
      responseCode: .nameError,
      questions: [Question(name: try #require(DomainName(name)), type: .a)], edns: EDNS())
    final class NoReply: ReplyPath {
      func send(_ response: [UInt8]) {}
      func drop() {}
    }
    return try #require(
      SearchedName(
        HandOff(
          kind: .search(length), message: try denial.encoded(), transport: .udp, limit: 1232,
          reply: NoReply(), arrival: .now()), length: length))
  }

  @Test func `The host's domains come before the name by itself`() throws {
    var search = try Self.search("db.example.ns.svc.cluster.local", 11)
    let domains = ["corp.test", "test"].compactMap { DomainName($0) }
    var names: [String] = []
    while let name = search.next(domains) { names.append(name.description) }
    #expect(names == ["db.example.corp.test.", "db.example.test.", "db.example."])
  }

  @Test func `A domain behind which the name would be too long is passed over`() throws {
    let label = String(repeating: "a", count: 60)
    var search = try Self.search("\(label).\(label).\(label).ns.svc.cluster.local", 183)
    let domain = try #require(DomainName("\(label).\(label)"))
    #expect(search.next([domain])?.wire.count == 184)
    #expect(search.next([domain]) == nil)
  }

  @Test func `The answer is an alias for what was found, and nobody's authority`() throws {
    let search = try Self.search("db.example.ns.svc.cluster.local", 11)
    let name = try #require(DomainName("db.example"))
    let found = Message(
      id: 0, answers: [Record(name: name, ttl: 17, data: .a(0xC000_0201))])
    let response = try Message(search.response(name, found, .noError))
    #expect(response.id == 9 && !response.isAuthoritative)
    #expect(
      response.answers.map(\.text) == [
        "db.example.ns.svc CNAME db.example.", "db.example. A 192.0.2.1",
      ])
    #expect(response.answers.map(\.ttl) == [17, 17])
    #expect(try Message(search.failure(.serverFailure)).responseCode == .serverFailure)
  }
}
