/// How long many operations of one kind took.
struct Measured: CustomStringConvertible {
  /// How long each took.
  var durations: [Duration]
  /// How long all of them took, side by side.
  var elapsed: Duration
  /// What all of them took of the processors.
  var processor: Duration
  var note = ""

  var description: String {
    let sorted = durations.sorted()
    let rate = Double(durations.count) / (elapsed / .seconds(1))
    return "\(Int(rate))/s, p50 \(sorted.percentile(50)) µs, p99 \(sorted.percentile(99)) µs, "
      + "longest \(sorted.percentile(100)) µs, "
      + "processor \(Int(processor / .microseconds(1)) / max(1, durations.count)) µs each\(note)"
  }
}

extension [Duration] {
  /// Of a sorted array, in microseconds.
  func percentile(_ percent: Int) -> Int {
    guard !isEmpty else { return 0 }
    return Int(self[Swift.min(count - 1, count * percent / 100)] / .microseconds(1))
  }
}
