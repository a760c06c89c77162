import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// DNS cookies (RFC 7873, RFC 9018), and what the server says of itself.
struct CookieTests {
  static let web = Objects.service("default", "web", clusterIPs: ["10.96.0.1"])
  static let name = "web.default.svc.cluster.local"

  static func zone(_ secret: String = "e5e973e5a6b2a43f48e7dc849e37bfcf") throws -> TestZone {
    var choices = PipelineSettings.Choices()
    choices.cookieSecret = CookieSecret(hexadecimal: secret)
    choices.identity = Array("dns-1".utf8)
    choices.version = Array("rollcall 1".utf8)
    return TestZone([web], choices: choices)
  }

  static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  static func cookie(_ response: Message) -> [UInt8]? {
    response.edns?.options.first { $0.code == EDNS.cookie }?.data
  }

  /// The examples of RFC 9018, appendix A.
  @Test(arguments: [
    (
      "2464c4abcf10c957", "198.51.100.100", 1_559_731_985 as UInt64,
      "e5e973e5a6b2a43f48e7dc849e37bfcf", "2464c4abcf10c957010000005cf79f111f8130c3eee29480"
    ),
    (
      "fc93fc62807ddb86", "203.0.113.203", 1_559_734_700, "e5e973e5a6b2a43f48e7dc849e37bfcf",
      "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"
    ),
    (
      "22681ab97d52c298", "2001:db8:220:1:59de:d0f4:8769:82b8", 1_559_741_961,
      "445536bcd2513298075a5d379663c962", "22681ab97d52c298010000005cf7c609a6bb79d16625507a"
    ),
  ])
  func `Cookies are those of every server with the same secret`(
    client: String, address: String, time: UInt64, secret: String, cookie: String
  ) throws {
    let zone = try Self.zone(secret)
    zone.asker = IPAddress(address)
    zone.now = time * 1000
    let edns = EDNS(options: [.init(code: EDNS.cookie, data: Self.bytes(client))])
    let response = try zone.ask(Self.name, .a, edns: edns)
    #expect(response.answers.count == 1)
    #expect(Self.cookie(response) == Self.bytes(cookie))
  }

  @Test(arguments: [0, 1, 7, 9, 15, 41])
  func `A cookie of another length is malformed`(length: Int) throws {
    let zone = try Self.zone()
    let option = EDNS.Option(code: EDNS.cookie, data: Array(repeating: 1, count: length))
    let query = Message(
      id: 1, questions: [Question(name: try #require(DomainName(Self.name)), type: .a)],
      edns: EDNS(options: [option]))
    #expect(try Message(zone.respond(to: query.encoded())).responseCode == .formatError)
  }

  @Test func `Who has a cookie of this server is not limited, and nobody else's counts`() throws {
    var choices = PipelineSettings.Choices()
    choices.cookieSecret = .random()
    choices.limiter = ClientLimiter(.init(perSecond: 1))
    let zone = TestZone([Self.web], choices: choices)
    zone.now = 1_700_000_000_000
    zone.asker = .v4(0x0A00_0001)
    let own: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    func ask(_ data: [UInt8]) throws -> Message? {
      let query = Message(
        id: 1, questions: [Question(name: try #require(DomainName(Self.name)), type: .a)],
        edns: EDNS(options: [.init(code: EDNS.cookie, data: data)]))
      let bytes = zone.respond(to: try query.encoded())
      return bytes.isEmpty ? nil : try Message(bytes)
    }
    let first = try #require(try ask(own))
    let cookie = try #require(Self.cookie(first))
    for _ in 0..<20 { #expect(try ask(cookie)?.answers.count == 1) }
    // The rate is used up for those without one.
    let others = try (0..<20).map { _ in try ask(own) }
    #expect(others.allSatisfy { $0?.answers.isEmpty ?? true })
    #expect(others.contains { $0?.isTruncated == true })
    #expect(others.compactMap(\.self).allSatisfy { Self.cookie($0)?.count == 24 })
    // A cookie is an address's own, and lasts an hour.
    zone.asker = .v4(0x0A00_0002)
    _ = try ask(own)
    #expect(try (0..<4).allSatisfy { _ in try ask(cookie)?.answers.isEmpty ?? true })
    zone.asker = .v4(0x0A00_0001)
    zone.now += 3_700_000
    _ = try ask(own)
    #expect(try (0..<4).allSatisfy { _ in try ask(cookie)?.answers.isEmpty ?? true })
  }

  @Test func `The server's name is told to who asks for it`() throws {
    let zone = try Self.zone()
    let response = try zone.ask(
      Self.name, .a, edns: EDNS(options: [.init(code: EDNS.identity, data: [])]))
    #expect(response.edns?.options == [.init(code: EDNS.identity, data: Array("dns-1".utf8))])
    let plain = TestZone([Self.web])
    let silent = try plain.ask(
      Self.name, .a,
      edns: EDNS(options: [
        .init(code: EDNS.identity, data: []),
        .init(code: EDNS.cookie, data: [1, 2, 3, 4, 5, 6, 7, 8]),
      ]))
    #expect(silent.edns?.options == [])
    #expect(silent.answers.count == 1)
  }

  @Test(arguments: [
    ("version.bind", "rollcall 1"), ("VERSION.server", "rollcall 1"), ("id.server", "dns-1"),
    ("hostname.bind", "dns-1"),
  ])
  func `Version and name are told in the class CHAOS, if they are set`(
    name: String, text: String
  ) throws {
    let zone = try Self.zone()
    let response = try zone.ask(name, .txt, recordClass: .chaos)
    #expect(response.answers.map(\.data) == [.txt([Array(text.utf8)])])
    #expect(response.answers.first?.recordClass == .chaos)
    #expect(try zone.ask(name, .a, recordClass: .chaos).answers.isEmpty)
    #expect(try TestZone([]).ask(name, .txt, recordClass: .chaos).responseCode == .refused)
    #expect(try zone.ask("x\(name)", .txt, recordClass: .chaos).responseCode == .refused)
  }
}
