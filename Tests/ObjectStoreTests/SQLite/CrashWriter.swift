import Foundation

/// A run of `StoreCrashWriter` that ends by SIGKILL, and what it said before.
struct CrashWriter {
  struct Acknowledgement: Sendable {
    var writer: Int
    var number: Int
    var revision: UInt64
  }

  var acknowledged: [Acknowledgement]
  /// What it wrote to the standard error: nothing, if all went well.
  var errors: String

  /// Starts the writer, kills it once it has acknowledged some transactions, and waits for its end.
  static func run(
    in directory: String, writers: Int, killedAfter count: Int
  ) async throws -> CrashWriter {
    try await withCheckedThrowingContinuation { continuation in
      // Reads with blocking calls, which do not belong on the threads of tasks.
      DispatchQueue.global().async {
        continuation.resume(
          with: Result { try blockingRun(in: directory, writers: writers, killedAfter: count) })
      }
    }
  }

  private static func blockingRun(
    in directory: String, writers: Int, killedAfter count: Int
  ) throws -> CrashWriter {
    let process = Process()
    process.executableURL = executable
    process.arguments = [directory, "\(writers)"]
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    var text = Data()
    var lines = 0
    while lines < count {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { break }  // It ended by itself, and `errors` says why.
      lines += data.count { $0 == UInt8(ascii: "\n") }
      text += data
    }
    kill(process.processIdentifier, SIGKILL)
    text += output.fileHandleForReading.readDataToEndOfFile()
    let complaint = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CrashWriter(
      acknowledged: String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap(parse),
      errors: String(decoding: complaint, as: UTF8.self))
  }

  private static func parse(_ line: Substring) -> Acknowledgement? {
    let fields = line.split(separator: " ")
    guard fields.count == 3, let writer = Int(fields[0]), let number = Int(fields[1]),
      let revision = UInt64(fields[2])
    else { return nil }
    return Acknowledgement(writer: writer, number: number, revision: revision)
  }

  /// Built beside the program that runs the tests.
  private static var executable: URL {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appendingPathComponent("StoreCrashWriter")
  }
}
