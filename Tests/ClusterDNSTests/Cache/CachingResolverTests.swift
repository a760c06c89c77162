import DNSMessage
import KubernetesAPI
import NIOCore
import NIOEmbedded
import Testing

@testable import ClusterDNS

/// Cache, singleflight and upstreams together, at a time the tests set.
struct CachingResolverTests {
  @Test func `Many clients with one question make one query`() {
    let bench = ResolverBench()
    let results = ResolverBench.Results()
    for _ in 0..<50 { bench.ask("a.example", into: results) }
    bench.ask("A.EXAMPLE", into: results)
    #expect(bench.transport.asked.count == 1)
    bench.transport.answer()
    #expect(results.all == Array(repeating: "NOERROR 60", count: 51))
    bench.loop.advanceTime(by: .seconds(20))
    #expect(bench.ask("a.example").all == ["NOERROR 40"])
    #expect(bench.transport.asked.count == 1)
    // Another type, another question.
    bench.ask("a.example", .aaaa)
    #expect(bench.transport.asked.count == 2)
    #expect(bench.resolver.counts.joined == 50)
    #expect(bench.resolver.counts.hits == 1)
  }

  @Test func `A denial is kept for as long as its SOA says`() {
    let bench = ResolverBench()
    bench.ask("no.example")
    bench.transport.answer(code: .nameError, ttl: 30)
    bench.loop.advanceTime(by: .seconds(29))
    #expect(bench.ask("no.example").all == ["NXDOMAIN 1"])
    #expect(bench.transport.asked.count == 1)
    bench.loop.advanceTime(by: .seconds(2))
    bench.ask("no.example")
    #expect(bench.transport.asked.count == 2)
  }

  @Test func `Another upstream is asked when one does not answer, and stays asked`() {
    let bench = ResolverBench(3)
    let upstreams = ResolverBench.upstreams(3)
    for round in 0..<2 {
      let results = bench.ask("r\(round).example")
      bench.loop.advanceTime(by: .seconds(2))
      bench.transport.answer()
      #expect(results.all == ["NOERROR 60"])
    }
    #expect(bench.transport.asked.prefix(4).map(\.upstream) == [0, 1, 0, 1].map { upstreams[$0] })
    // The first is down now: it is only checked.
    let results = bench.ask("next.example")
    let last = bench.transport.asked.last { $0.question == ResolverBench.question("next.example") }
    #expect(last?.upstream == upstreams[1])
    #expect(results.all.isEmpty)
    #expect(bench.pool.counts.wentDown == 1)
  }

  @Test func `An upstream that is down is asked again when a check succeeds`() {
    let bench = ResolverBench(2)
    let first = ResolverBench.upstreams(2)[0]
    for round in 0..<2 {
      bench.ask("r\(round).example")
      bench.transport.finish(.failure(.unreachable))
      bench.transport.answer()
    }
    bench.loop.advanceTime(by: .milliseconds(600))
    let check = bench.transport.asked.last
    #expect(check?.upstream == first)
    #expect(check?.question == ResolverBench.question(".", .ns))
    bench.transport.finish(.failure(.timedOut))
    bench.loop.advanceTime(by: .milliseconds(600))
    bench.transport.answer()
    bench.ask("again.example")
    #expect(bench.transport.asked.last?.upstream == first)
    #expect(bench.pool.counts.healthCheckFailures == 1)
  }

  @Test
  func `When none answers, clients are told in time, and the same is not asked at once again`() {
    let bench = ResolverBench(2)
    let results = bench.ask("a.example")
    bench.loop.advanceTime(by: .seconds(5))
    #expect(results.all == ["SERVFAIL noReachableAuthority"])
    let questions = bench.transport.asked.filter { $0.question.type == .a }.count
    #expect(bench.ask("a.example").all == ["SERVFAIL cachedError"])
    #expect(bench.transport.asked.filter { $0.question.type == .a }.count == questions)
    bench.loop.advanceTime(by: .seconds(2))
    #expect(bench.ask("a.example").all == [])
    #expect(bench.transport.asked.filter { $0.question.type == .a }.count == questions + 1)
  }

  @Test func `What one upstream cannot answer another may`() {
    let bench = ResolverBench(2)
    let results = bench.ask("a.example")
    bench.transport.answer(code: .serverFailure)
    bench.transport.answer()
    #expect(results.all == ["NOERROR 60"])
    let failed = bench.ask("b.example")
    bench.transport.answer(code: .serverFailure)
    bench.transport.answer(code: .refused)
    #expect(failed.all == ["SERVFAIL networkError"])
    let refused = bench.ask("c.example")
    bench.transport.answer(code: .refused)
    bench.transport.answer(code: .refused)
    #expect(refused.all == ["REFUSED networkError"])
  }

  @Test func `What UDP cannot carry, or may be forged, is asked over TCP`() {
    for failure in [ExchangeFailure.truncated, .otherCase, .suspicious] {
      let bench = ResolverBench(2)
      let results = bench.ask("a.example")
      bench.transport.finish(.failure(failure))
      #expect(bench.transport.asked.map(\.carrier) == [.datagram, .stream])
      #expect(Set(bench.transport.asked.map(\.upstream)).count == 1)
      bench.transport.answer()
      #expect(results.all == ["NOERROR 60"])
    }
  }

  @Test func `A server without EDNS is asked without`() {
    let bench = ResolverBench()
    let results = bench.ask("a.example")
    #expect(bench.transport.pending.first?.query.hasEDNS == true)
    bench.transport.answer(code: .formatError)
    #expect(bench.transport.pending.first?.query.hasEDNS == false)
    bench.transport.answer()
    #expect(results.all == ["NOERROR 60"])
  }

  @Test func `Stub domains go to their own upstreams, the longest wins`() throws {
    let special = try #require(Upstream("198.51.100.1"))
    let inner = try #require(Upstream("198.51.100.2"))
    let bench = ResolverBench {
      $0.groups.append(
        .init(domain: DomainName("corp.example") ?? .root, upstreams: [special]))
      $0.groups.append(
        .init(domain: DomainName("lab.corp.example") ?? .root, upstreams: [inner]))
    }
    let general = ResolverBench.upstreams(1)[0]
    let expected = [
      ("corp.example", special), ("a.CORP.example", special), ("a.lab.corp.example", inner),
      ("xcorp.example", general), ("example", general),
    ]
    for (name, upstream) in expected {
      bench.ask(name)
      #expect(bench.transport.asked.last?.upstream == upstream, "\(name)")
    }
  }

  @Test func `Too many questions wait their turn, and the oldest goes when too many wait`() {
    let bench = ResolverBench { $0.concurrentQuestions = 2 }
    let results = ResolverBench.Results()
    bench.ask("first.example", into: results)
    bench.ask("second.example", into: results)
    for number in 0...ForwardingLimits.waitingQuestions {
      bench.ask("n\(number).example", into: results)
    }
    #expect(bench.transport.asked.count == 2)
    #expect(results.all == ["SERVFAIL notReady"])
    #expect(bench.pool.counts.shed == 1)
    bench.transport.answer()
    #expect(bench.transport.asked.last?.question == ResolverBench.question("n1.example"))
  }

  @Test func `An answer that is too old is given when nothing better comes in time`() {
    let bench = ResolverBench()
    bench.ask("a.example")
    bench.transport.answer(ttl: 10)
    bench.loop.advanceTime(by: .seconds(11))
    let waiting = bench.ask("a.example")
    #expect(bench.transport.asked.count == 2)
    bench.loop.advanceTime(by: .milliseconds(1700))
    #expect(waiting.all.isEmpty)
    bench.loop.advanceTime(by: .milliseconds(200))
    #expect(waiting.all == ["NOERROR 10 staleAnswer"])
    // Every try has failed: at once, for as long as the failure is remembered.
    bench.loop.advanceTime(by: .seconds(3))
    #expect(bench.ask("a.example").all == ["NOERROR 10 staleAnswer"])
    bench.loop.advanceTime(by: .seconds(2))
    let better = bench.ask("a.example")
    // Whatever else is under way: the upstream is checked, too.
    while better.all.isEmpty, bench.transport.answer(ttl: 20) {}
    #expect(better.all == ["NOERROR 20"])
    #expect(bench.resolver.counts.servedStale == 2)
  }

  @Test func `What is popular is fetched before its end, and nobody waits`() {
    let bench = ResolverBench()
    bench.ask("a.example")
    bench.transport.answer(ttl: 100)
    bench.loop.advanceTime(by: .seconds(92))
    bench.ask("a.example")
    #expect(bench.ask("a.example").all == ["NOERROR 8"])
    #expect(bench.transport.asked.count == 2)
    bench.transport.answer(ttl: 100)
    #expect(bench.ask("a.example").all == ["NOERROR 100"])
    #expect(bench.resolver.counts.prefetches == 1)
  }

  @Test func `An upstream that forwards to us is not asked any more, until a probe passes`() {
    let bench = ResolverBench(2)
    bench.pool.startLoopDetection()
    let probes = bench.transport.asked
    #expect(probes.map(\.question.type) == [LoopProbe.type, LoopProbe.type])
    #expect(bench.pool.isLoopProbe(probes[0].question))
    #expect(!bench.pool.isLoopProbe(ResolverBench.question("a.example", LoopProbe.type)))
    bench.transport.answer(code: .refused)
    bench.transport.answer(code: .nameError)
    bench.ask("a.example")
    #expect(bench.transport.asked.last?.upstream == ResolverBench.upstreams(2)[1])
    bench.transport.answer()
    bench.loop.advanceTime(by: .seconds(31))
    #expect(bench.transport.asked.last?.question.type == LoopProbe.type)
    bench.transport.answer(code: .nameError)
    bench.ask("b.example")
    #expect(bench.transport.asked.last?.upstream == ResolverBench.upstreams(2)[0])
    #expect(bench.pool.counts.loops == 1)
  }

  @Test func `When all upstreams forward to us, clients are told at once`() {
    let bench = ResolverBench()
    bench.pool.startLoopDetection()
    #expect(bench.pool.isLoopProbe(bench.transport.asked[0].question))
    #expect(bench.ask("a.example").all == ["SERVFAIL noReachableAuthority"])
  }
}
