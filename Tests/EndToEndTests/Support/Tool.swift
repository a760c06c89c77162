import Foundation
import Synchronization

/// What a finished program left.
struct ToolResult: Sendable {
  var status: Int32
  var output: String
  var errors: String

  var lines: [String] {
    output.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
  }
}

/// Why a program of a test could not be used.
struct ToolError: Error, CustomStringConvertible {
  var description: String
}

/// A private directory of one test, gone with its last reference.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/rollcall-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// What a program writes to one of its outputs, kept in a file: unlike a pipe, a file is never
/// full, and its end does not depend on who else inherited it.
struct OutputFile: Sendable {
  let path: String

  func open() throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    guard let handle = FileHandle(forWritingAtPath: path) else {
      throw ToolError(description: "\(path) cannot be written")
    }
    return handle
  }

  /// What has been written so far.
  var text: String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

/// Runs real programs.
enum Tool {
  private static let launches = Mutex(())

  /// Starts a process. Foundation reads the list of open files while it does, and crashes if
  /// another start closes one meanwhile: one after the other.
  static func start(_ process: Process) throws {
    try launches.withLock { _ in
      // Threads of libdispatch block signals, and programs inherit that: they never heard SIGTERM.
      var (none, before) = (sigset_t(), sigset_t())
      sigemptyset(&none)
      pthread_sigmask(SIG_SETMASK, &none, &before)
      defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
      try process.run()
    }
  }

  /// The program's path, if `PATH` has it.
  static func find(_ name: String) -> String? {
    if name.contains("/") { return FileManager.default.isExecutableFile(atPath: name) ? name : nil }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program to its end, and kills it when a deadline passes.
  ///
  /// - Throws: `ToolError` if it cannot be started or does not end in time.
  static func run(
    _ name: String, _ arguments: [String], input: String? = nil,
    environment: [String: String] = [:], deadline: Duration = .seconds(60)
  ) async throws -> ToolResult {
    guard let path = find(name) else { throw ToolError(description: "\(name) is not installed") }
    let scratch = try Scratch()
    let output = OutputFile(path: scratch.path + "/output")
    let errors = OutputFile(path: scratch.path + "/errors")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let file = scratch.path + "/input"
    try Data((input ?? "").utf8).write(to: URL(fileURLWithPath: file))
    let handles = [
      try FileHandle(forReadingFrom: URL(fileURLWithPath: file)), try output.open(),
      try errors.open(),
    ]
    process.standardInput = handles[0]
    process.standardOutput = handles[1]
    process.standardError = handles[2]
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in end.finish() }
    try start(process)
    // Not left to the last reference: Foundation keeps processes for a while, and crashes when more
    // than 1024 files are open.
    for handle in handles { try handle.close() }
    let identifier = process.processIdentifier
    let watchdog = Task {
      // The deadline of the program under test, not a wait for a condition.
      try await Task.sleep(for: deadline)
      kill(identifier, SIGKILL)
    }
    for await _ in ends {}
    watchdog.cancel()
    guard process.terminationReason == .exit else {
      throw ToolError(
        description: "\(name) \(arguments.joined(separator: " ")) did not end: \(errors.text)")
    }
    return ToolResult(
      status: process.terminationStatus, output: output.text, errors: errors.text)
  }
}
