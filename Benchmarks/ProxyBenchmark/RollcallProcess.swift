import Foundation
import Glibc

/// A role of Rollcall as a process.
final class RollcallProcess {
  private let process = Process()
  private let output = Pipe()
  private let log: String

  /// - Parameter log: file for what it says while it works.
  init(_ program: String, _ arguments: [String], log: String) throws {
    self.log = log
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = FileHandle(forWritingAtPath: log)
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  /// Returns when it has printed its line.
  func waitUntilReady(seconds: Int32) throws {
    var place = pollfd(
      fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&place, 1, seconds * 1000) == 1,
      String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        .hasPrefix("ready")
    else {
      let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      throw BenchmarkFailure("not ready: \(said.suffix(2000))")
    }
  }

  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    process.waitUntilExit()
  }

  /// Seconds on a processor so far, of all threads, from the scheduler's own account.
  var processorTime: Double {
    let folder = "/proc/\(process.processIdentifier)/task"
    var nanoseconds: UInt64 = 0
    for thread in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let text = (try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8))
      nanoseconds += text?.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
    }
    return Double(nanoseconds) / 1e9
  }

  /// A line of `/proc/PID/status` in MiB: `VmRSS` now, `VmHWM` the most so far.
  func memory(_ field: String) -> Double {
    let path = "/proc/\(process.processIdentifier)/status"
    for row in ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
    where row.hasPrefix(field + ":") {
      return (row.split { !$0.isNumber }.first.flatMap { Double($0) } ?? 0) / 1024
    }
    return .nan
  }
}
