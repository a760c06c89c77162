/// A range of numbers, the lowest of which are taken only on request while others are left.
struct NumberBands: Sendable, Equatable {
  let first: UInt64
  let last: UInt64
  /// How many of the lowest are reserved for requests.
  let reserved: UInt64

  func contains(_ number: UInt64) -> Bool { (first...last).contains(number) }

  /// Those that are taken first.
  var dynamic: ClosedRange<UInt64>? { last - first < reserved ? nil : (first + reserved)...last }
  var requested: ClosedRange<UInt64>? { reserved == 0 ? nil : first...(first + reserved - 1) }
}

/// Which numbers of a range are believed to be taken.
///
/// Only a hint where to look for a free one: several servers may share a store, and what is true
/// is decided by the transaction that takes the number. Costs memory per taken number. Taking and
/// giving back are O(1); picking is O(1) on average while the range is not nearly full.
struct NumberPool: Sendable {
  let bands: NumberBands
  private var taken: Set<UInt64> = []
  private var takenInDynamic: UInt64 = 0

  init(_ bands: NumberBands) { self.bands = bands }

  var count: Int { taken.count }

  func contains(_ number: UInt64) -> Bool { taken.contains(number) }

  /// Notes that a number is taken; numbers outside of the range are passed over.
  mutating func insert(_ number: UInt64) {
    guard bands.contains(number), taken.insert(number).inserted else { return }
    if bands.dynamic?.contains(number) == true { takenInDynamic += 1 }
  }

  mutating func remove(_ number: UInt64) {
    guard taken.remove(number) != nil else { return }
    if bands.dynamic?.contains(number) == true { takenInDynamic -= 1 }
  }

  mutating func removeAll() {
    taken = []
    takenInDynamic = 0
  }

  /// A number believed to be free, and from now on believed to be taken; nil if all are taken.
  ///
  /// - Parameter random: a number below the one given, which is more than 0.
  mutating func take(random: (UInt64) -> UInt64) -> UInt64? {
    let takenOnRequest = UInt64(taken.count) - takenInDynamic
    let number =
      free(in: bands.dynamic, taken: takenInDynamic, random: random)
      ?? free(in: bands.requested, taken: takenOnRequest, random: random)
    if let number { insert(number) }
    return number
  }

  /// The first free number at or after a random one, going round at the end.
  private func free(
    in band: ClosedRange<UInt64>?, taken count: UInt64, random: (UInt64) -> UInt64
  ) -> UInt64? {
    // The band's size less one fits 64 bits, which the size itself may not.
    guard let band, count <= band.upperBound - band.lowerBound else { return nil }
    let span = band.upperBound - band.lowerBound
    let start = band.lowerBound + random(span == .max ? .max : span + 1)
    var number = start
    while taken.contains(number) {
      number = number == band.upperBound ? band.lowerBound : number + 1
      if number == start { return nil }
    }
    return number
  }
}
