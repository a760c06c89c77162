import DNSMessage
import NIOCore
import Testing

@testable import ClusterDNS

struct AnswerCacheTests {
  static func answer(_ name: String, ttl: UInt32, records: Int = 1) throws -> StoredAnswer {
    let name = try #require(DomainName(name))
    let message = Message(
      id: 0, questions: [Question(name: name, type: .a)],
      answers: (0..<records).map { Record(name: name, ttl: ttl, data: .a(UInt32($0))) })
    return try #require(StoredAnswer(message, to: ForwardedQuestion(name, .a)))
  }

  static func denial(_ name: String, ttl: UInt32) throws -> StoredAnswer {
    let name = try #require(DomainName(name))
    let message = Message(
      id: 0, responseCode: .nameError, questions: [Question(name: name, type: .a)],
      authority: [FakeUpstream.Query.soa(ttl: ttl)])
    return try #require(StoredAnswer(message, to: ForwardedQuestion(name, .a)))
  }

  static func at(_ seconds: Int64) -> NIODeadline {
    .uptimeNanoseconds(0) + .seconds(seconds)
  }

  static func text(_ lookup: AnswerCache.Lookup) -> String {
    switch lookup {
    case .fresh(_, let elapsed, let fetches): "fresh \(elapsed)" + (fetches ? " fetch" : "")
    case .stale: "stale"
    case .none: "none"
    }
  }

  @Test func `An answer is fresh for its TTL, then stale, then gone`() throws {
    var configuration = CacheConfiguration()
    configuration.stale = 100
    configuration.prefetchHits = 0
    var cache = AnswerCache(configuration)
    let question = ResolverBench.question("a.example")
    cache.store(try Self.answer("a.example", ttl: 60), for: question, now: Self.at(0))
    let expected = [
      (0, "fresh 0"), (59, "fresh 59"), (60, "stale"), (159, "stale"), (160, "none"), (10, "none"),
    ]
    for (time, state) in expected {
      #expect(Self.text(cache.lookUp(question, now: Self.at(Int64(time)))) == state, "at \(time)")
    }
    #expect(cache.count == 0)
    #expect(cache.bytes == 0)
  }

  @Test(arguments: [
    (UInt32(5), false, UInt32(20)), (500, false, 100), (0, false, 0), (500, true, 50),
    (7, true, 20),
  ])
  func `TTLs are clamped, but 0 is kept not at all`(
    ttl: UInt32, isDenial: Bool, lifetime: UInt32
  ) throws {
    var configuration = CacheConfiguration()
    configuration.minimumTTL = 20
    configuration.maximumTTL = 100
    configuration.maximumNegativeTTL = 50
    configuration.stale = 0
    configuration.prefetchHits = 0
    var cache = AnswerCache(configuration)
    let question = ResolverBench.question("a.example")
    let answer =
      isDenial ? try Self.denial("a.example", ttl: ttl) : try Self.answer("a.example", ttl: ttl)
    cache.store(answer, for: question, now: Self.at(0))
    if lifetime > 0 {
      let last = Self.text(cache.lookUp(question, now: Self.at(Int64(lifetime) - 1)))
      #expect(last == "fresh \(lifetime - 1)")
    }
    #expect(Self.text(cache.lookUp(question, now: Self.at(Int64(lifetime)))) == "none")
  }

  @Test func `Memory is bounded, and what is used stays`() throws {
    var configuration = CacheConfiguration()
    configuration.capacity = 20_000
    var cache = AnswerCache(configuration)
    let popular = ResolverBench.question("popular.example")
    cache.store(try Self.answer("popular.example", ttl: 600), for: popular, now: Self.at(0))
    for number in 0..<1000 {
      let name = "n\(number).example"
      cache.store(
        try Self.answer(name, ttl: 600, records: 1 + number % 20),
        for: ResolverBench.question(name), now: Self.at(1))
      #expect(cache.bytes <= 20_000)
      #expect(Self.text(cache.lookUp(popular, now: Self.at(2))) == "fresh 2")
    }
    #expect(cache.evictions > 900)
    #expect(cache.count > 20)
    // The last are there, the first are not.
    #expect(
      Self.text(cache.lookUp(ResolverBench.question("n999.example"), now: Self.at(2))) == "fresh 1")
    #expect(
      Self.text(cache.lookUp(ResolverBench.question("n1.example"), now: Self.at(2))) == "none")
  }

  @Test func `What is asked for often is fetched again before its end, once`() throws {
    var cache = AnswerCache(CacheConfiguration())
    let question = ResolverBench.question("a.example")
    cache.store(try Self.answer("a.example", ttl: 100), for: question, now: Self.at(0))
    #expect(Self.text(cache.lookUp(question, now: Self.at(50))) == "fresh 50")
    #expect(Self.text(cache.lookUp(question, now: Self.at(95))) == "fresh 95 fetch")
    #expect(Self.text(cache.lookUp(question, now: Self.at(96))) == "fresh 96")
    cache.fetchFailed(question)
    #expect(Self.text(cache.lookUp(question, now: Self.at(97))) == "fresh 97 fetch")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `The cache agrees with a dictionary under random use`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var configuration = CacheConfiguration()
    configuration.prefetchHits = 0
    configuration.stale = 50
    var cache = AnswerCache(configuration)
    var model: [Int: (stored: Int64, ttl: Int64)] = [:]
    var now: Int64 = 0
    for _ in 0..<2000 {
      now += Int64.random(in: 0...3, using: &random)
      let number = Int.random(in: 0..<30, using: &random)
      let question = ResolverBench.question("n\(number).example")
      if Bool.random(using: &random) {
        let ttl = Int64.random(in: 0...40, using: &random)
        cache.store(
          try Self.answer("n\(number).example", ttl: UInt32(ttl)), for: question, now: Self.at(now))
        model[number] = ttl == 0 ? nil : (now, ttl)
      } else {
        var expected = "none"
        if let entry = model[number] {
          let elapsed = now - entry.stored
          if elapsed < entry.ttl {
            expected = "fresh \(elapsed)"
          } else if elapsed - entry.ttl < 50 {
            expected = "stale"
          }
        }
        #expect(Self.text(cache.lookUp(question, now: Self.at(now))) == expected, "seed \(seed)")
      }
    }
  }
}
