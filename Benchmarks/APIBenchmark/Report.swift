import Foundation

/// Prints figures as lines `LABEL | FIGURE | VALUE UNIT`.
struct Report: Sendable {
  var label: String
  var pid: Int32?

  func line(_ figure: String, _ value: Double, _ unit: String) {
    let number = String(format: value < 100 ? "%.2f" : "%.0f", value)
    print("\(label) | \(figure) | \(number) \(unit)")
  }

  /// The server's resident memory as the kernel counts it.
  func memory(_ figure: String) {
    guard let pid, let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    else { return }
    for row in status.split(separator: "\n") where row.hasPrefix("VmRSS:") {
      let kibibytes = row.split(separator: " ").compactMap { Double($0) }.first ?? 0
      line(figure, kibibytes / 1024, "MiB")
    }
  }
}

extension [Double] {
  /// The value below which that share of the sorted values lies (nearest rank).
  func percentile(_ percent: Double) -> Double {
    guard !isEmpty else { return .nan }
    let sorted = sorted()
    return sorted[Swift.min(sorted.count - 1, Int(percent / 100 * Double(sorted.count)))]
  }
}
