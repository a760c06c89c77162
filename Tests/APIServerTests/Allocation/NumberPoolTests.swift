import Testing

@testable import APIServer

@Suite struct NumberPoolTests {
  @Test func `unasked numbers come from the upper band until it is full`() {
    var pool = NumberPool(NumberBands(first: 1, last: 30, reserved: 16))
    var generator = SeededGenerator(seed: 1)
    var taken: [UInt64] = []
    while let number = pool.take(random: { UInt64.random(in: 0..<$0, using: &generator) }) {
      taken.append(number)
    }
    #expect(Set(taken) == Set(1...30))
    #expect(Set(taken.prefix(14)) == Set(17...30))
    pool.remove(3)
    pool.remove(20)
    #expect(pool.take(random: { _ in 0 }) == 20)
    #expect(pool.take(random: { _ in 0 }) == 3)
    #expect(pool.take(random: { _ in 0 }) == nil)
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `the search for a free number goes round`(start: UInt64) {
    var pool = NumberPool(NumberBands(first: 5, last: 34, reserved: 0))
    for number in 5...34 as ClosedRange<UInt64> where number != 11 { pool.insert(number) }
    #expect(pool.take(random: { _ in start }) == 11)
    #expect(pool.count == 30)
  }

  @Test func `a band as wide as 64 bits can be searched`() {
    var pool = NumberPool(NumberBands(first: 1, last: .max, reserved: 256))
    #expect(pool.take(random: { $0 - 1 }) == .max)
    #expect(pool.take(random: { $0 - 1 }) == 257)
  }

  @Test func `numbers out of range are passed over`() {
    var pool = NumberPool(NumberBands(first: 10, last: 11, reserved: 0))
    pool.insert(9)
    pool.insert(12)
    pool.insert(10)
    pool.insert(10)
    pool.remove(9)
    #expect(pool.count == 1)
    #expect(pool.take(random: { _ in 0 }) == 11)
    #expect(pool.take(random: { _ in 0 }) == nil)
  }
}
