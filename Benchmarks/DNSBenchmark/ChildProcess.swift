import Foundation
import Glibc

/// A program under measurement, with its children.
final class ChildProcess {
  private let process = Process()
  private let log: String

  /// - Parameters:
  ///   - program: a path, or a name to be found in `PATH` or where servers are installed.
  ///   - cpu: the processor it may use; all if nil.
  ///   - log: file for what it prints.
  init(_ program: String, _ arguments: [String], cpu: Int? = nil, log: String) throws {
    guard let path = Self.find(program) else { throw ServerFailure("\(program) is not installed") }
    self.log = log
    _ = FileManager.default.createFile(atPath: log, contents: nil)
    if let cpu {
      process.executableURL = URL(fileURLWithPath: "/usr/bin/taskset")
      process.arguments = ["-c", String(cpu), path] + arguments
    } else {
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
    }
    let output = FileHandle(forWritingAtPath: log)
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  static func find(_ program: String) -> String? {
    if program.contains("/") {
      return FileManager.default.isExecutableFile(atPath: program) ? program : nil
    }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return (folders.map(String.init) + ["/usr/sbin", "/sbin"]).map { $0 + "/" + program }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  var isRunning: Bool { process.isRunning }
  var pid: Int32 { process.processIdentifier }
  var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  /// Ends it, the hard way if it does not want to.
  func stop() {
    guard process.isRunning else { return }
    process.terminate()
    let deadline = MonotonicTime.nanoseconds + 5_000_000_000
    while process.isRunning, MonotonicTime.nanoseconds < deadline {
      MonotonicTime.pause(milliseconds: 10)
    }
    if process.isRunning {
      for child in descendants.reversed() { kill(child, SIGKILL) }
    }
    process.waitUntilExit()
  }

  /// Waits for a line of output that begins with a word.
  func waitForLine(_ word: String, seconds: Double) throws -> String {
    let deadline = MonotonicTime.nanoseconds + UInt64(seconds * 1e9)
    while MonotonicTime.nanoseconds < deadline {
      if let line = output.split(separator: "\n").first(where: { $0.hasPrefix(word) }) {
        return String(line)
      }
      guard isRunning else { break }
      MonotonicTime.pause(milliseconds: 5)
    }
    throw ServerFailure("\(log): no line \(word)\n\(output.suffix(2000))")
  }

  /// The process and all below it.
  private var descendants: [Int32] {
    var parents: [Int32: Int32] = [:]
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let id = Int32(entry), let stat = Self.read("/proc/\(id)/stat"),
        let end = stat.lastIndex(of: ")")
      else { continue }
      let fields = stat[stat.index(after: end)...].split(separator: " ")
      if fields.count > 1 { parents[id] = Int32(fields[1]) }
    }
    var found = [pid]
    var position = 0
    while position < found.count {
      found += parents.filter { $0.value == found[position] }.map(\.key).sorted()
      position += 1
    }
    return found
  }

  /// Time on a processor so far, user and system, all threads of all processes; in seconds. From
  /// the scheduler's own account, whose unit is the nanosecond and not a tick of the clock.
  var cpuSeconds: Double {
    var nanoseconds: UInt64 = 0
    for process in descendants {
      let folder = "/proc/\(process)/task"
      for thread in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
        let text = Self.read("\(folder)/\(thread)/schedstat") ?? ""
        nanoseconds += text.split(separator: " ").first.flatMap { UInt64($0) } ?? 0
      }
    }
    return Double(nanoseconds) * 1e-9
  }

  /// A line of `/proc/PID/status` in MiB: `VmRSS` now, `VmHWM` the most so far.
  func memory(_ field: String) -> Double {
    for row in (Self.read("/proc/\(pid)/status") ?? "").split(separator: "\n")
    where row.hasPrefix(field + ":") {
      let number = row.split { !$0.isNumber }.first.flatMap { Double($0) }
      return (number ?? 0) / 1024
    }
    return .nan
  }

  /// Begins a new measurement of the most memory used.
  func resetPeak() {
    try? "5".write(toFile: "/proc/\(pid)/clear_refs", atomically: false, encoding: .utf8)
  }

  private static func read(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }

  /// What a program prints, all of it.
  static func outputOf(_ program: String, _ arguments: [String]) -> String {
    guard let path = find(program) else { return "" }
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    guard (try? process.run()) != nil else { return "" }
    let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: bytes, as: UTF8.self)
  }
}
