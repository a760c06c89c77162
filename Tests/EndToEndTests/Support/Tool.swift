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

/// Runs real programs.
enum Tool {
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
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = OutputCollector()
    let errors = OutputCollector()
    process.standardOutput = output.pipe
    process.standardError = errors.pipe
    let standardInput = Pipe()
    process.standardInput = standardInput
    let (ends, end) = AsyncStream.makeStream(of: Void.self)
    process.terminationHandler = { _ in end.finish() }
    try process.run()
    if let input { try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
    try standardInput.fileHandleForWriting.close()
    let identifier = process.processIdentifier
    let watchdog = Task {
      // The deadline of the program under test, not a wait for a condition.
      try await Task.sleep(for: deadline)
      kill(identifier, SIGKILL)
    }
    for await _ in ends {}
    watchdog.cancel()
    let result = ToolResult(
      status: process.terminationReason == .exit ? process.terminationStatus : -1,
      output: await output.text(), errors: await errors.text())
    if process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL {
      throw ToolError(
        description: "\(name) \(arguments.joined(separator: " ")) did not end: \(result.errors)")
    }
    return result
  }
}

/// Reads everything a program writes to one of its outputs.
final class OutputCollector: Sendable {
  let pipe = Pipe()
  private let collected = Mutex(Data())
  private let finished: AsyncStream<Void>

  init() {
    let (finished, finish) = AsyncStream.makeStream(of: Void.self)
    self.finished = finished
    let handle = pipe.fileHandleForReading
    handle.readabilityHandler = { [self] handle in
      let data = handle.availableData
      if data.isEmpty {
        handle.readabilityHandler = nil
        finish.finish()
      } else {
        collected.withLock { $0.append(data) }
      }
    }
  }

  /// What has been written so far.
  var soFar: String { collected.withLock { String(decoding: $0, as: UTF8.self) } }

  /// All that was written, once the other end is closed.
  func text() async -> String {
    for await _ in finished {}
    return soFar
  }
}
