import Foundation
import KubernetesAPI
import Testing

@testable import NodeAgent

struct ContainerLogTests {
  private let directory = NSTemporaryDirectory() + "/rollcall-log-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)) ?? ""
  }

  private func log(limit: Int = ContainerLog.largestFile) throws -> ContainerLog {
    try ContainerLog(path: directory + "/0.log", limit: limit) {
      Timestamp(seconds: 0, nanoseconds: 5)
    }
  }

  @Test func linesCarryTimeStreamAndTag() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var log = try log()
    log.append(Array("one\ntw".utf8)[...], .stdout)
    log.append(Array("oops\n".utf8)[...], .stderr)
    log.append(Array("o\nrest".utf8)[...], .stdout)
    log.finish()
    let time = "1970-01-01T00:00:00.000000005Z"
    #expect(
      text("0.log") == """
        \(time) stdout F one
        \(time) stderr F oops
        \(time) stdout F two
        \(time) stdout P rest

        """)
  }

  @Test func longLinesComeInParts() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var log = try log()
    let long = [UInt8](repeating: 0x61, count: ContainerLog.longestLine + 10) + [0x0A]
    for start in stride(from: 0, to: long.count, by: 1000) {
      log.append(long[start..<min(start + 1000, long.count)], .stdout)
    }
    let lines = text("0.log").split(separator: "\n").compactMap {
      LogFile.parse(Array($0.utf8)[...])
    }
    #expect(lines.map(\.isWhole) == [false, true])
    #expect(lines.map(\.text.count) == [ContainerLog.longestLine, 10])
  }

  @Test func filesRotateAndTheOldestGoes() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var log = try log(limit: 200)
    for number in 0..<100 { log.append(Array("line \(number)\n".utf8)[...], .stdout) }
    let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    #expect(names == ["0.log", "0.log.1", "0.log.2", "0.log.3", "0.log.4"])
    #expect(text("0.log").contains("line 99"))
    #expect(!text("0.log.4").contains("line 1\n"))
  }

  /// `/dev/full` takes nothing, as a full disk.
  @Test func aFullDiskCostsLinesAndTheOldestFiles() throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = directory + "/full.log"
    try FileManager.default.createSymbolicLink(
      atPath: path, withDestinationPath: "/dev/full")
    for number in 1...2 {
      _ = FileManager.default.createFile(atPath: "\(path).\(number)", contents: Data([1]))
    }
    var log = try ContainerLog(path: path)
    for number in 0..<1000 { log.append(Array("line \(number)\n".utf8)[...], .stdout) }
    log.finish()
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["full.log"])
  }
}
