import Foundation
import KubernetesAPI
import KubernetesClient
import Synchronization
import Testing

@testable import NodeAgent

struct LogReaderTests {
  private let directory = NSTemporaryDirectory() + "/rollcall-reader-\(UUID().uuidString)"
  private var path: String { directory + "/0.log" }

  init() throws {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
  }

  private func lines(_ numbers: Range<Int>) -> ArraySlice<UInt8> {
    Array(numbers.map { "line \($0)\n" }.joined().utf8)[...]
  }

  private func reader(
    _ query: (inout LogQuery) -> Void = { _ in },
    isRunning: @escaping @Sendable () async -> Bool = { false }
  ) -> LogReader {
    var asked = LogQuery()
    query(&asked)
    return LogReader(path: path, query: asked, time: .system, isRunning: isRunning)
  }

  private func rest(_ reader: LogReader) async throws -> [String] {
    var bytes: [UInt8] = []
    while let piece = try await reader.next() { bytes += piece }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func numbers(_ range: Range<Int>) -> [String] { range.map { "line \($0)" } }

  @Test func filesSetAsideComeFirst() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var log = try ContainerLog(path: path, limit: 2000)
    for start in stride(from: 0, to: 100, by: 10) {
      log.append(lines(start..<(start + 10)), .stdout)
    }
    #expect(FileManager.default.fileExists(atPath: path + ".1"))
    #expect(try await rest(reader()) == numbers(0..<100))
    for tail in [0, 1, 15, 50, 99, 100, 1000] {
      let wanted = numbers(max(0, 100 - tail)..<100)
      #expect(try await rest(reader { $0.tail = Int64(tail) }) == wanted, "\(tail)")
    }
  }

  @Test func aMissingLogIsEmpty() async throws {
    #expect(try await rest(reader()) == [])
    #expect(try await rest(reader { $0.tail = 5 }) == [])
  }

  @Test func whoFollowsGetsEverythingAcrossRotations() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let isRunning = Mutex(true)
    var log = try ContainerLog(path: path, limit: 1 << 20)
    log.append(lines(0..<5), .stdout)
    let reader = reader({ $0.follows = true }) { isRunning.withLock(\.self) }
    var bytes = try await reader.next() ?? []
    let text = Task { try await rest(reader) }
    for start in stride(from: 5, to: 50_005, by: 500) {
      log.append(lines(start..<(start + 500)), .stdout)
      await Task.yield()
    }
    log.finish()
    isRunning.withLock { $0 = false }
    bytes += []
    let first = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(FileManager.default.fileExists(atPath: path + ".1"))
    #expect(first + (try await text.value) == numbers(0..<50_005))
  }

  @Test func aFollowerThatIsCancelledEnds() async throws {
    let reader = reader({ $0.follows = true }) { true }
    let following = Task { try await rest(reader) }
    following.cancel()
    await #expect(throws: CancellationError.self) { try await following.value }
  }
}
