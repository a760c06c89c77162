import DNSMessage
import KubernetesAPI
import NIOCore
import Testing

@testable import ClusterDNS

struct UpstreamTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1:53"), ("192.0.2.1:5353", "192.0.2.1:5353"),
    ("2001:db8::1", "[2001:db8::1]:53"), ("[2001:db8::1]", "[2001:db8::1]:53"),
    ("[2001:db8::1]:5", "[2001:db8::1]:5"), ("dns://192.0.2.1", "192.0.2.1:53"),
    ("tls://192.0.2.1", "tls://192.0.2.1:853"),
    ("tls://192.0.2.1:8853#dns.example", "tls://192.0.2.1:8853#dns.example"),
    ("tls://[2001:db8::1]#a", "tls://[2001:db8::1]:853#a"),
  ])
  func `An upstream is read as people write it`(text: String, expected: String) {
    #expect(Upstream(text)?.description == expected)
  }

  @Test(arguments: [
    "", "dns.example", "192.0.2.1:0", "192.0.2.1:70000", "192.0.2.1#name", "tls://192.0.2.1#",
    "0.0.0.0", "::", "https://192.0.2.1", "192.0.2.1:53:53", "[192.0.2.1", "tls://",
  ])
  func `What is no upstream is none`(text: String) { #expect(Upstream(text) == nil) }

  @Test func `resolv.conf is read as resolvers read it`() {
    let conf = ResolvConf(
      """
      # a comment
      nameserver 192.0.2.1 # the first
      nameserver\t2001:db8::1
      nameserver fe80::1%eth0
      nameserver nonsense
      options ndots:5 edns0
      domain lost.example
      search one.example  two.example.
      ; another
      """)
    #expect(conf.nameServers.map(\.description) == ["192.0.2.1", "2001:db8::1"])
    #expect(conf.search.map(\.description) == ["one.example.", "two.example."])
  }

  @Test(arguments: [
    (["192.0.2.1:53"], ["192.0.2.2:53", "127.0.0.53:53"]),
    (["192.0.2.1:10053"], ["192.0.2.1:53", "192.0.2.2:53", "127.0.0.53:53"]),
    (["0.0.0.0:53"], ["192.0.2.1:53", "192.0.2.2:53"]),
  ])
  func `The server itself is never among its upstreams`(listen: [String], expected: [String]) {
    let conf = ResolvConf("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 127.0.0.53")
    let listening = listen.compactMap { ClusterDNS.SocketAddress($0) }
    #expect(conf.upstreams(listening: listening).map(\.description) == expected)
  }

  @Test func `Upstreams are tried in the order of their policy, those that are down last`() {
    var random = SeededGenerator(seed: 7)
    var health = Array(repeating: UpstreamHealth(), count: 3)
    var sequential = UpstreamOrder(.sequential)
    #expect(sequential.order(health, random: &random) == [0, 1, 2])
    _ = health[0].failed()
    #expect(sequential.order(health, random: &random) == [0, 1, 2])
    let isDown = health[0].failed()
    #expect(isDown)
    #expect(sequential.order(health, random: &random) == [1, 2, 0])
    health[1].isLooping = true
    #expect(sequential.order(health, random: &random) == [2, 0])
    health[0].succeeded()
    health[1].isLooping = false
    var turns = UpstreamOrder(.roundRobin)
    let firsts = (0..<6).map { _ in turns.order(health, random: &random).first ?? -1 }
    #expect(firsts == [1, 2, 0, 1, 2, 0])
    var any = UpstreamOrder(.random)
    let chosen = Set((0..<100).map { _ in any.order(health, random: &random).first ?? -1 })
    #expect(chosen == [0, 1, 2])
  }

  @Test func `An upstream is waited for as long as it usually takes`() {
    var time = ResponseTime()
    #expect(time.timeout == ForwardingLimits.firstTry)
    for _ in 0..<50 { time.responded(after: .milliseconds(300)) }
    #expect(time.timeout >= .milliseconds(300) && time.timeout < .milliseconds(500))
    time.timedOut()
    #expect(time.timeout > .milliseconds(600))
    for _ in 0..<50 { time.responded(after: .microseconds(200)) }
    #expect(time.timeout == ForwardingLimits.shortestTry)
    for _ in 0..<9 { time.timedOut() }
    #expect(time.timeout == ForwardingLimits.longestTry)
  }
}
