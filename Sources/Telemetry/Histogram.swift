/// Counts of values by upper bound, as Prometheus' histograms have them. A value type: whoever owns
/// it decides how it is shared.
package struct Histogram: Sendable {
  /// Upper bounds, inclusive and ascending; the last bucket, `+Inf`, is implied.
  package let bounds: [Double]
  /// Values in each bucket alone, not summed up.
  package private(set) var counts: [UInt64]
  package private(set) var total: UInt64 = 0
  package private(set) var sum = 0.0

  package init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count)
  }

  /// Bounds that grow by a factor, `count` of them.
  package init(start: Double, factor: Double, count: Int) {
    self.init(bounds: Array(sequence(first: start) { $0 * factor }.prefix(count)))
  }

  package mutating func add(_ value: Double) {
    total += 1
    sum += value
    if let index = bounds.firstIndex(where: { value <= $0 }) { counts[index] += 1 }
  }

  /// - Parameter duration: counted in seconds.
  package mutating func add(_ duration: Duration) { add(duration / .seconds(1)) }
}

extension MetricsText {
  /// The samples of a histogram; its family must have been begun.
  package mutating func samples(
    _ name: String, _ labels: [(String, String)] = [], of histogram: Histogram
  ) {
    var sum: UInt64 = 0
    for (bound, count) in zip(histogram.bounds, histogram.counts) {
      sum += count
      sample(name + "_bucket", labels + [("le", Self.spelling(of: bound))], Double(sum))
    }
    sample(name + "_bucket", labels + [("le", "+Inf")], Double(histogram.total))
    sample(name + "_sum", labels, histogram.sum)
    sample(name + "_count", labels, Double(histogram.total))
  }
}
