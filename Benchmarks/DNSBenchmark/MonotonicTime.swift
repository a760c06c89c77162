import Glibc

/// The clock that latencies are measured with; cheaper to read than a `ContinuousClock`.
enum MonotonicTime {
  static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

extension MonotonicTime {
  static func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }
}
