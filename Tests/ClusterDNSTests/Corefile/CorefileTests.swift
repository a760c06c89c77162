import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

struct CorefileTests {
  /// What kubeadm writes.
  static let kubeadm = """
    .:53 {
        errors
        health {
           lameduck 5s
        }
        ready
        kubernetes cluster.local in-addr.arpa ip6.arpa {
           pods insecure
           fallthrough in-addr.arpa ip6.arpa
           ttl 30
        }
        prometheus :9153
        forward . /etc/resolv.conf {
           max_concurrent 1000
        }
        cache 30 {
           disable success cluster.local
           disable denial cluster.local
        }
        loop
        reload
        loadbalance
    }
    """

  static let everything = CorefileReader.Capabilities(
    forwards: true, caches: true, hostName: "here")

  static func plan(
    _ text: String, _ capabilities: CorefileReader.Capabilities = everything
  ) throws -> CorefilePlan {
    CorefileReader.plan(try CorefileSyntax(text), capabilities: capabilities)
  }

  @Test(arguments: [
    ("cache 30", UInt32(30), UInt32(30), UInt32(0)),
    ("cache {\n success 9984 120\n denial 9984 5\n serve_stale\n }", 120, 5, 3600),
  ])
  func `The bounds of cache are those of the cache`(
    directive: String, answers: UInt32, denials: UInt32, stale: UInt32
  ) throws {
    let plan = try Self.plan(".:53 {\n forward . 192.0.2.1\n \(directive)\n}")
    var cache = CacheConfiguration()
    cache.follow(try #require(plan.cache))
    #expect(cache.maximumTTL == answers)
    #expect(cache.maximumNegativeTTL == denials)
    #expect(cache.stale == stale)
  }

  @Test func `The Corefile of kubeadm is followed`() throws {
    let plan = try Self.plan(Self.kubeadm)
    #expect(plan.isAccepted)
    #expect(plan.domain?.description == "cluster.local.")
    #expect(plan.pods == .insecure)
    #expect(plan.ttl == 30)
    #expect(plan.port == 53)
    #expect(plan.statusAddresses == ["0.0.0.0:8080", "0.0.0.0:8181", "0.0.0.0:9153"])
    #expect(plan.forwards.map(\.upstreams) == [["/etc/resolv.conf"]])
    #expect(plan.cache?.maximumTTL == 30)
    // Every line that says something is spoken of.
    #expect(
      Set(plan.lines.map(\.number)).isSuperset(of: [2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 16]))
  }

  @Test func `What the build cannot do is refused line by line`() throws {
    let plan = try Self.plan(Self.kubeadm, CorefileReader.Capabilities())
    #expect(!plan.isAccepted)
    let refused = plan.lines.filter { $0.verdict == .refused }
    #expect(refused.map(\.number) == [13])
    #expect(refused[0].directive == "forward . /etc/resolv.conf")
  }

  @Test(
    arguments: [
      ("template IN A example.org { answer \"x\" }", "not made from templates"),
      ("autopath @kubernetes", nil), ("nosuch", "nosuch is not known here"),
      ("kubernetes other.domain", "another kubernetes"), ("bind eth0", "eth0 is no address"),
      ("bufsize 99999", "512 to 4096"), ("cache x", "takes seconds"),
      ("forward .", "zone and servers"),
      ("forward . upstream.example", "neither an address nor"),
      ("rewrite type A AAAA", "only rewrite name"),
      ("rewrite name a.example b.default.svc.cluster.local", nil),
      ("loadbalance weighted f", "only round_robin"),
      ("hosts /etc/hosts", "without fallthrough"), ("log", nil),
      ("hosts /etc/hosts {\n fallthrough\n }", nil),
      ("hosts {\n x y\n fallthrough\n }", "an address and names"),
      ("hosts {\n 192.0.2.1 a..b\n fallthrough\n }", "a..b is no name"),
      ("hosts {\n ttl 0\n fallthrough\n }", "1 to 65535"),
      ("hosts {\n reload soon\n fallthrough\n }", "such as 5s"),
      ("hosts f example.org {\n fallthrough a.example.org\n }", "part of a zone"),
      ("transfer {\n to *\n }", nil), ("transfer {\n to 10.0.0.1:53 fd00::1\n }", nil),
      ("transfer {\n to x\n }", "x is no address"), ("transfer", "to whom"),
      ("transfer example.org {\n to *\n }", "none of the zones"),
      ("autopath /etc/resolv.conf", "only @kubernetes"), ("nsid", nil), ("chaos v1 me", nil),
      ("rewrite name regex ( x", "is not closed"), ("rewrite name a", "a name and what"),
      ("rewrite name regex (.*)x {1}y answer name (.*)y {1}x", nil),
      ("rewrite continue {\n name prefix a b\n answer auto\n }", nil),
      ("rewrite name exact a b ttl 5", "not read behind a rule"),
    ] as [(String, String?)])
  func `Each directive is done, ignored or refused`(line: String, refusal: String?) throws {
    let plan = try Self.plan(
      ".:53 {\n kubernetes cluster.local\n \(line)\n}\n")
    let refused = plan.lines.filter { $0.verdict == .refused }
    #expect(refused.count == (refusal == nil ? 0 : 1))
    if let refusal { #expect(refused.first?.explanation.contains(refusal) == true) }
  }

  @Test func `Hosts, rewrites and forwards become values`() throws {
    let plan = try Self.plan(
      """
      # A comment.
      (shared) {
        rewrite stop name suffix .old.example .default.svc.cluster.local answer auto
      }
      dns://cluster.local:1053 10.96.0.0/12:1053 .:1053 {
        import shared
        kubernetes
        hosts {
          192.0.2.1 a.example b.example
          2001:db8::1 a.example
          fallthrough
        }
        forward . tls://9.9.9.9 tls://149.112.112.112:853 {
          tls_servername dns.quad9.net
        }
        forward corp.example 10.1.1.1:5353
        bind 127.0.0.1 ::1
      }
      """)
    #expect(plan.isAccepted, "\(plan.lines.filter { $0.verdict == .refused })")
    let hosts = try #require(plan.hosts)
    #expect(
      hosts.entries.map(\.name.description) == ["a.example.", "b.example.", "a.example."])
    #expect(hosts.file == "/etc/hosts")
    #expect(hosts.ttl == 3600 && hosts.reload == 5 && hosts.answersReverse)
    #expect(hosts.deniedZones.isEmpty)
    #expect(plan.rewrites.map(\.matching) == [.suffix])
    #expect(plan.rewrites.map(\.restoresAnswers) == [true])
    #expect(plan.rewrites.map(\.continues) == [false])
    #expect(plan.forwards.map(\.zone) == [".", "corp.example"])
    #expect(
      plan.forwards.first?.servers == [
        "tls://9.9.9.9#dns.quad9.net", "tls://149.112.112.112:853#dns.quad9.net",
      ])
    #expect(plan.bind == ["127.0.0.1", "::1"])
    #expect(plan.reverseRanges == [CIDR("10.96.0.0/12")])
  }

  @Test func `Names of several server blocks are each block's own`() throws {
    let plan = try Self.plan(
      """
      example.org {
        hosts f {
          192.0.2.1 a.example.org
          no_reverse
          reload 1m30s
          ttl 60
        }
        rewrite name substring x y
      }
      . {
        kubernetes cluster.local
        rewrite name regex (.*) {1}z answer name (.*)z {1} answer value (.*)z {1}
        transfer { 
          to 10.1.0.0/16
          to 192.0.2.7:53
        }
        chaos v1
        nsid me
      }
      """)
    #expect(plan.isAccepted, "\(plan.lines.filter { $0.verdict == .refused })")
    let hosts = try #require(plan.hosts)
    #expect(hosts.deniedZones == [DomainName("example.org")])
    #expect(hosts.reload == 90 && hosts.ttl == 60 && !hosts.answersReverse)
    #expect(plan.rewrites.map(\.zones) == [["example.org"], ["."]])
    #expect(plan.rewrites.map(\.exceptZones) == [[], ["example.org."]])
    #expect(plan.rewrites[1].answers.map(\.place) == [.name, .value])
    #expect(plan.transferTo.map(\.description) == ["10.1.0.0/16", "192.0.2.7/32"])
    #expect(plan.versionText == "v1" && plan.serverName == "me")
  }

  @Test(
    arguments: [
      ("5s", 5.0), ("1h2m3s", 3723), ("250ms", 0.25), ("0", 0), ("1.5m", 90), ("5", nil), ("", nil),
      ("s", nil), ("-1s", nil), ("1d", nil), ("99999999999h", nil),
    ] as [(String, Double?)])
  func `Times are read as Go writes them`(text: String, seconds: Double?) {
    #expect(CorefileReader.seconds(text) == seconds)
  }

  @Test(
    arguments: [
      (".:53 {\n errors\n", 1, "no }"), ("}\n", 1, "closes nothing"), (".:53", 1, "{ is missing"),
      (".:53 {\n import nix\n}", 2, "no snippet"), (".:53 {\n log \"x\n}", 2, "no end"),
      (".:53 {\n {\n}\n}", 2, "opens nothing"),
    ] as [(String, Int, String)])
  func `What cannot be read is told with its line`(text: String, line: Int, message: String) {
    let failure = #expect(throws: CorefileSyntax.Failure.self) { try CorefileSyntax(text) }
    #expect(failure?.line == line)
    #expect(failure?.message.contains(message) == true)
  }

  @Test func `Variables of the environment are put in`() throws {
    let syntax = try CorefileSyntax(
      "{$ZONE}:53 {\n bind {%ADDR%} \"a b\" {$NIX}\n}", environment: ["ZONE": "x", "ADDR": "::1"])
    #expect(syntax.servers[0].keys == ["x:53"])
    #expect(syntax.servers[0].directives[0].arguments == ["::1", "a b", ""])
  }

  @Test func `Text that is anything never traps`() {
    var random = SeededGenerator(seed: 3)
    let words = [
      "{", "}", "\n", " ", "\"", "kubernetes", ".:53", "forward", "(s)", "import", "s", "{$A}", "#",
      "ttl", "-1", "cache", "hosts", "rewrite", "name", "bind", "\\",
    ]
    for _ in 0..<3000 {
      let text = (0..<Int.random(in: 0..<40, using: &random)).map { _ in
        words[Int.random(in: 0..<words.count, using: &random)]
          + (Bool.random(using: &random) ? " " : "")
      }.joined()
      if let syntax = try? CorefileSyntax(text) { _ = CorefileReader.plan(syntax) }
    }
  }
}
