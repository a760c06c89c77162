import KubernetesAPI
import Testing

@testable import NodeAgent

struct AddressPoolTests {
  private func pool(_ ranges: String...) throws -> AddressPool {
    AddressPool(ranges: try ranges.map { try #require(CIDR($0)) })
  }

  @Test func everyHolderGetsOneAddressOfEachFamily() throws {
    var pool = try pool("10.244.0.0/24", "fd00:10:244::/64")
    #expect(pool.take("a")?.map(\.description) == ["10.244.0.2", "fd00:10:244::2"])
    #expect(pool.take("b")?.map(\.description) == ["10.244.0.3", "fd00:10:244::3"])
    #expect(pool.take("a")?.map(\.description) == ["10.244.0.2", "fd00:10:244::2"])
    #expect(pool.gateways.map(\.description) == ["10.244.0.1", "fd00:10:244::1"])
  }

  @Test func anAddressGivenBackComesLast() throws {
    var pool = try pool("10.0.0.0/29")
    for name in ["a", "b", "c"] { _ = pool.take(name) }
    pool.release("a")
    #expect(pool.take("d")?.first?.description == "10.0.0.5")
    #expect(pool.take("e")?.first?.description == "10.0.0.6")
    #expect(pool.take("f")?.first?.description == "10.0.0.2")
    #expect(pool.take("g") == nil)
  }

  /// Over many turns of taking and giving back, no address has two holders, and none is forgotten
  /// by a restart.
  @Test(arguments: 0..<5 as Range<UInt64>)
  func noAddressIsEverHeldTwice(seed: UInt64) throws {
    var generator = SplitMix(state: seed)
    var pool = try pool("10.0.0.0/27")
    var held: [String: IPAddress] = [:]
    for turn in 0..<2000 {
      let name = "pod\(Int.random(in: 0..<40, using: &generator))"
      if held[name] != nil, Bool.random(using: &generator) {
        pool.release(name)
        held[name] = nil
      } else if let address = pool.take(name)?.first {
        #expect(!held.contains { $0.key != name && $0.value == address }, "seed \(seed) \(turn)")
        held[name] = address
      } else {
        #expect(held.count == 29)
      }
      if turn % 100 == 0 {
        var restarted = try self.pool("10.0.0.0/27")
        restarted.restore(pool.json)
        #expect(restarted == pool)
        pool = restarted
      }
    }
  }
}

/// The same numbers for the same seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
