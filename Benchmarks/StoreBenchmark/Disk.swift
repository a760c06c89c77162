import Glibc

/// What the disk needs for one durable write of the size a small commit has.
enum Disk {
  static func synchronizations(in directory: String, appending: Bool) -> Measured {
    let path = directory + "/disk"
    let bytes = [UInt8](repeating: 0x5A, count: 8192)
    let count = 500
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    defer {
      close(file)
      unlink(path)
    }
    if !appending {
      for _ in 0..<count { _ = write(file, bytes, bytes.count) }
      fsync(file)
      lseek(file, 0, SEEK_SET)
    }
    let clock = ContinuousClock()
    let start = clock.now
    let processor = processorTime()
    var durations: [Duration] = []
    for _ in 0..<count {
      let begin = clock.now
      _ = write(file, bytes, bytes.count)
      fdatasync(file)
      durations.append(clock.now - begin)
    }
    return Measured(
      durations: durations, elapsed: clock.now - start,
      processor: processorTime() - processor)
  }
}
