import Glibc

/// Seconds something takes.
func time(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  return try clock.measure(body) / .seconds(1)
}

/// Seconds since some time in the past, of the clock that never jumps.
func now() -> Double { seconds(CLOCK_MONOTONIC) }

/// Seconds of processor time this process has taken, the kernel's on its behalf included.
func processorTime() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

private func seconds(_ clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Memory this process holds now, in MiB.
func residentMegabytes() -> Double {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  guard fgets(&line, 128, file) != nil else { return 0 }
  let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0
  return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
}

extension [Double] {
  /// The value so many percent of the samples do not exceed; not a number without samples.
  func percentile(_ percent: Double) -> Double {
    guard !isEmpty else { return .nan }
    let index = (Double(count) * percent / 100).rounded(.up) - 1
    return sorted()[Swift.max(0, Swift.min(count - 1, Int(index)))]
  }
}

/// What keeps a measurement from being made.
struct BenchmarkFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
