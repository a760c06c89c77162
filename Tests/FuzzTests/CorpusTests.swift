import Foundation
import Testing

@testable import FuzzTargets

/// Every input that fuzzing once found worth keeping, again: from the committed corpus, and some
/// thousands of small changes to each target's inputs, the same each time.
struct CorpusTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzz/Corpus")

  private static func inputs(of target: FuzzTarget) throws -> [[UInt8]] {
    let folder = root.appendingPathComponent(target.rawValue)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      [UInt8](try Data(contentsOf: folder.appendingPathComponent($0)))
    }
  }

  @Test(arguments: FuzzTarget.allCases)
  func whatFuzzingFoundHolds(target: FuzzTarget) throws {
    let checker = target.makeChecker()
    let inputs = try Self.inputs(of: target)
    #expect(!inputs.isEmpty)
    for input in inputs { try checker.check(input) }
  }

  @Test(arguments: FuzzTarget.allCases)
  func whatIsNearItHoldsToo(target: FuzzTarget) throws {
    let checker = target.makeChecker()
    var generator = Mutations(seed: 7)
    let inputs = try Self.inputs(of: target)
    for _ in 0..<4000 {
      let input = generator.mutated(inputs)
      do { try checker.check(input) } catch {
        Issue.record("\(error) for \(input)")
        return
      }
    }
  }

  @Test func aBrokenPromiseIsThrown() {
    #expect(throws: BrokenPromise.self) { try BrokenPromise.unless(1 + 1 == 3, "one and one") }
  }
}
