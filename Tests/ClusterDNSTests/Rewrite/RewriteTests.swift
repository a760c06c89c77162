import DNSMessage
import KubernetesAPI
import NIOPosix
import Testing

@testable import ClusterDNS

/// Names that are asked for as others (CoreDNS's plugin `rewrite`).
struct RewriteTests {
  static func rule(
    _ matching: RewriteRule.Matching, _ from: String, _ to: String,
    change: (inout RewriteRule) -> Void = { _ in }
  ) -> RewriteRule {
    var rule = RewriteRule(matching: matching, from: from, to: to)
    change(&rule)
    return rule
  }

  /// The name a query is asked for as; nil if it is left alone.
  static func rewritten(_ name: String, _ rules: [RewriteRule]) throws -> String? {
    let stage = RewriteStage(try NameRewriter(rules))
    let query = try TinyClient.query(name, .a)
    switch query.withUnsafeBytes({ stage.rewrite($0, over: .udp) }) {
    case nil: return nil
    case .failed: return "failed"
    case .rewritten(let rewritten):
      return try Message(rewritten.message).questions.first?.name.description
    }
  }

  @Test(
    arguments: [
      (.exact, "a.example", "b.example", "A.example", "b.example."),
      (.exact, "a.example.", "b.example.", "x.a.example", nil),
      (.prefix, "old-", "new-", "old-a.example", "new-a.example."),
      (.prefix, "old-", "new-", "an-old-a.example", nil),
      (.suffix, ".old.example", ".new.example", "a.b.old.example", "a.b.new.example."),
      (.suffix, ".old.example", ".new.example", "old.example", nil),
      (.substring, "east", "west", "east.fareast.example", "west.farwest.example."),
      (
        .regex, "(.*)\\.my\\.example\\.$", "{1}.default.svc.cluster.local", "db.my.example",
        "db.default.svc.cluster.local."
      ),
      (.regex, "(.*)-(us)\\.", "{2}-{1}.", "a-us.example", "us-a."),
      (.exact, "a.example", "a..b", "a.example", "failed"),
    ] as [(RewriteRule.Matching, String, String, String, String?)])
  func `Each kind of rule matches as CoreDNS has it`(
    matching: RewriteRule.Matching, from: String, to: String, name: String, result: String?
  ) throws {
    #expect(try Self.rewritten(name, [Self.rule(matching, from, to)]) == result)
  }

  @Test func `The first rule that matches is the last, unless it says continue`() throws {
    let rules = [
      Self.rule(.prefix, "a", "b") { $0.continues = true }, Self.rule(.prefix, "b", "c"),
      Self.rule(.prefix, "c", "d"),
    ]
    #expect(try Self.rewritten("ax.example", rules) == "cx.example.")
    #expect(try Self.rewritten("bx.example", rules) == "cx.example.")
  }

  @Test func `A rule is for names of its zones`() throws {
    let rule = Self.rule(.substring, "a", "b") {
      $0.zones = ["example"]
      $0.exceptZones = ["not.example."]
    }
    #expect(try Self.rewritten("a.example", [rule]) == "b.exbmple.")
    #expect(try Self.rewritten("a.not.example", [rule]) == nil)
    #expect(try Self.rewritten("a.test", [rule]) == nil)
  }

  static let feed = LiveServer.makeFeed([
    Objects.service("default", "web", clusterIPs: ["10.96.0.1"], ports: [Objects.port("http", 80)]),
    Objects.service("default", "many"),
    Objects.slice("default", "many", of: "many", (1...200).map { "10.0.0.\($0)" }),
  ])

  static func with(
    _ rules: [RewriteRule], _ body: @escaping @Sendable (ClusterDNS.SocketAddress) throws -> Void
  ) async throws {
    let server = try NameServer.bind(
      [LiveServer.loopback], workerCount: 1,
      NameServer.Backend(
        feed: feed, group: MultiThreadedEventLoopGroup.singleton,
        rewriter: try NameRewriter(rules)))
    try await server.start()
    let address = server.addresses[0]
    let result = await LiveServer.onThread { try body(address) }
    server.stop()
    await server.waitUntilStopped()
    try result.get()
  }

  @Test func `Answers are about the name that was asked, over UDP and TCP`() async throws {
    let rules = [
      Self.rule(.exact, "web.example", "web.default.svc.cluster.local"),
      Self.rule(.suffix, ".auto.example", ".default.svc.cluster.local") {
        $0.restoresAnswers = true
      },
      Self.rule(.suffix, ".plain.example", ".default.svc.cluster.local"),
      Self.rule(.regex, "(.*)\\.named\\.example\\.", "{1}.default.svc.cluster.local") {
        $0.answers = [
          .init(
            place: .name, from: "(.*)\\.default\\.svc\\.cluster\\.local", to: "{1}.named.example"),
          .init(place: .value, from: "^web\\.(.*)", to: "value.{1}"),
        ]
      },
    ]
    try await Self.with(rules) { address in
      for isTCP in [false, true] {
        let client = isTCP ? try TinyClient(tcp: address) : try TinyClient(udp: address)
        func ask(_ name: String, _ type: RecordType = .a) throws -> Message {
          let response = try client.ask(name, type, edns: EDNS())
          #expect(response.questions.map(\.name.description) == [name + "."])
          return response
        }
        #expect(try ask("web.EXAMPLE").answers.map(\.text) == ["web.EXAMPLE. A 10.96.0.1"])
        #expect(
          try ask("web.auto.example").answers.map(\.text) == ["web.auto.example. A 10.96.0.1"])
        #expect(try ask("nix.auto.example").responseCode == .nameError)
        #expect(try ask("web.plain.example").answers.map(\.text) == ["web.default.svc A 10.96.0.1"])
        #expect(
          try ask("web.named.example").answers.map(\.text) == ["web.named.example. A 10.96.0.1"])
        let located = try ask("_http._tcp.web.named.example", .srv)
        #expect(
          located.answers.map(\.text) == [
            "_http._tcp.web.named.example. SRV 80 value.default.svc"
          ])
        // Nobody else's names change.
        #expect(
          try ask("web.default.svc.cluster.local").answers.map(\.text)
            == ["web.default.svc A 10.96.0.1"])
        let many = try ask("many.auto.example")
        #expect(many.isTruncated == !isTCP)
        #expect(isTCP ? many.answers.count == 200 : !many.answers.isEmpty)
        #expect(many.answers.allSatisfy { $0.name.description == "many.auto.example." })
      }
    }
  }
}
