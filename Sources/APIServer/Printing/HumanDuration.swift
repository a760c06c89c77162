package import JSONTree
package import KubernetesAPI

/// A length of time in two or three significant figures, as `kubectl get` shows ages
/// (apimachinery duration.HumanDuration).
package struct HumanDuration: Sendable, CustomStringConvertible {
  /// Whole seconds, cut off towards zero. Up to one second in the future counts as now.
  package var seconds: Int64

  package init(seconds: Int64) { self.seconds = seconds }

  package init(from start: Timestamp, to end: Timestamp) {
    let seconds = end.seconds - start.seconds
    let rest = end.nanoseconds - start.nanoseconds
    if seconds > 0, rest < 0 {
      self.seconds = seconds - 1
    } else if seconds < 0, rest > 0 {
      self.seconds = seconds + 1
    } else {
      self.seconds = seconds
    }
  }

  package var description: String {
    guard seconds >= -1 else { return "<invalid>" }
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
    switch seconds {
    case ..<0: return "0s"
    case ..<120: return "\(seconds)s"
    case ..<600: return Self.pair(minutes, "m", seconds % 60, "s")
    case ..<10_800: return "\(minutes)m"
    case ..<28_800: return Self.pair(hours, "h", minutes % 60, "m")
    case ..<172_800: return "\(hours)h"
    case ..<691_200: return Self.pair(days, "d", hours % 24, "h")
    case ..<63_072_000: return "\(days)d"
    case ..<252_288_000: return Self.pair(days / 365, "y", days % 365, "d")
    default: return "\(days / 365)y"
    }
  }

  private static func pair(
    _ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String
  ) -> String {
    small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit)\(small)\(smallUnit)"
  }

  /// How long ago a timestamp was; `<unknown>` where there is none.
  package static func text(since timestamp: JSON?, now: Timestamp) -> String {
    guard let start = timestamp?.string.flatMap(Timestamp.init) else { return "<unknown>" }
    return HumanDuration(from: start, to: now).description
  }
}
