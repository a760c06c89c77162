import KubernetesAPI
import Testing

@testable import ClusterDNS

struct ClientLimiterTests {
  static func asker(_ address: UInt32) -> Asker {
    ClientAddress(.v4(address))?.withPointer { Asker($0) } ?? .unknown
  }

  @Test func `A client has its burst and then its rate`() {
    let limiter = ClientLimiter(.init(perSecond: 100, burst: 10), hashSeed: 1)
    let client = Self.asker(1)
    var now: UInt64 = 1_000_000_000
    #expect((0..<30).count { _ in limiter.view.admits(client, now: now) } == 10)
    var admitted = 0
    for _ in 0..<1000 {
      now += 1000  // A thousand queries in a second.
      if limiter.view.admits(client, now: now) { admitted += 1 }
    }
    #expect((99...101).contains(admitted))
    now += 10_000_000
    #expect((0..<30).count { _ in limiter.view.admits(client, now: now) } == 10)
  }

  @Test func `Clients do not limit each other, however many there are`() {
    let limiter = ClientLimiter(.init(perSecond: 10), hashSeed: 2)
    // More than there are buckets for: then some are let through more often, none less.
    for client in 0..<40_000 as Range<UInt32> {
      #expect(limiter.view.admits(Self.asker(client), now: 5_000_000))
    }
  }

  @Test func `A clock that is set back does not shut a client out`() {
    let limiter = ClientLimiter(.init(perSecond: 10), hashSeed: 3)
    let client = Self.asker(9)
    #expect(limiter.view.admits(client, now: 90_000_000_000))
    #expect(limiter.view.admits(client, now: 1_000_000))
  }

  @Test func `Who is not known is not limited`() {
    let limiter = ClientLimiter(.init(perSecond: 1), hashSeed: 4)
    #expect((0..<100).allSatisfy { _ in limiter.view.admits(.unknown, now: 1) })
    #expect((0..<100).allSatisfy { _ in ClientLimiter.View.none.admits(Self.asker(1), now: 1) })
  }
}
