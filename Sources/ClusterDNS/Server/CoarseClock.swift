import Glibc

/// The clock that costs next to nothing and is a few milliseconds late.
enum CoarseClock {
  /// Milliseconds since 1970.
  static func milliseconds() -> UInt64 {
    // The two words of a timespec on 64-bit Linux: whole-module builds take its members for
    // CoreFoundation's where a file of the module imports Foundation, and refuse them.
    var time = (seconds: 0, nanoseconds: 0)
    withUnsafeMutableBytes(of: &time) { bytes in
      guard let place = bytes.baseAddress?.assumingMemoryBound(to: timespec.self) else { return }
      // Cannot fail: the clock exists since Linux 2.6.32.
      _ = clock_gettime(CLOCK_REALTIME_COARSE, place)
    }
    return UInt64(time.seconds) &* 1000 &+ UInt64(time.nanoseconds) / 1_000_000
  }
}
