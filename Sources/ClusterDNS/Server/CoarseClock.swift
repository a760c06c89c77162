import Glibc

/// The clock that costs next to nothing and is a few milliseconds late.
enum CoarseClock {
  /// Milliseconds since 1970.
  static func milliseconds() -> UInt64 {
    var time = timespec()
    // Cannot fail: the clock exists since Linux 2.6.32.
    _ = clock_gettime(CLOCK_REALTIME_COARSE, &time)
    return UInt64(time.tv_sec) &* 1000 &+ UInt64(time.tv_nsec) / 1_000_000
  }
}
