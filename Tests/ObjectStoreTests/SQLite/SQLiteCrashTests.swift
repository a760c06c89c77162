import Foundation
import Testing

@testable import ObjectStore

@Suite(.timeLimit(.minutes(10)))
struct SQLiteCrashTests {
  private let writers = 16

  /// A few by default; ROLLCALL_CRASH_ROUNDS asks for more.
  private static let rounds =
    ProcessInfo.processInfo.environment["ROLLCALL_CRASH_ROUNDS"].flatMap(Int.init) ?? 5

  @Test("Nothing acknowledged is lost and nothing is invented, whenever the process is killed")
  func kills() async throws {
    try await withTemporaryDirectory { directory in
      // What each writer has been told in all rounds: its numbers and their revisions.
      var known = [[Int: UInt64]](repeating: [:], count: writers)
      // Where each writer was found to be after the round before.
      var found = [Int](repeating: 0, count: writers)
      var newest = Revision.zero
      var total = 0
      for round in 0..<Self.rounds {
        // Some at once, perhaps while the store is being opened.
        let count = round % 5 == 0 ? 0 : Int.random(in: 1...2000)
        let run = try await CrashWriter.run(
          in: directory, writers: writers, killedAfter: count)
        #expect(run.errors.isEmpty)
        #expect(run.acknowledged.count >= count)
        for one in run.acknowledged {
          #expect(one.revision > newest.rawValue, "revisions went back")
          known[one.writer][one.number] = one.revision
        }
        total += run.acknowledged.count
        #expect(known.flatMap(\.values).count == total, "a number was acknowledged twice")
        let store = try SQLiteStore(directory: directory)
        newest = try await store.currentRevision()
        found = try await verify(store, against: known, after: found)
        await store.close()
      }
      #expect(total > 0)
    }
  }

  private func verify(
    _ store: SQLiteStore, against known: [[Int: UInt64]], after before: [Int]
  ) async throws -> [Int] {
    let current = try await store.currentRevision()
    let page = try await store.list("")
    let objects = Dictionary(uniqueKeysWithValues: page.objects.map { ($0.key, $0) })
    var found: [Int] = []
    var expected: Set<String> = []
    for (writer, revisions) in known.enumerated() {
      let certain = max(revisions.keys.max() ?? 0, before[writer])
      let counter = objects["/a/\(writer)"]
      let number = counter?.number ?? 0
      // More can only be the one transaction whose acknowledgement was under way.
      #expect(number == certain || number == certain + 1, "writer \(writer)")
      found.append(number)
      #expect(objects["/b/\(writer)"]?.number ?? 0 == number)
      #expect(objects["/b/\(writer)"]?.modRevision == counter?.modRevision)
      if let revision = revisions[number] { #expect(counter?.modRevision.rawValue == revision) }
      if number > 0 { expected.formUnion(["/a/\(writer)", "/b/\(writer)"]) }
      for one in stride(from: 1, through: number, by: 1) {
        let key = "/n/\(writer)/\(one)"
        // The next multiple of three deleted the number two before.
        if one % 3 == 1, one + 2 <= number {
          #expect(objects[key] == nil, "\(key) came back")
          continue
        }
        expected.insert(key)
        #expect(objects[key]?.number == one, "\(key) is lost")
        if let revision = revisions[one] {
          #expect(objects[key]?.modRevision.rawValue == revision)
        }
      }
    }
    #expect(Set(objects.keys) == expected, "something is invented")
    try await verifyHistory(of: store, through: current, against: page)
    return found
  }

  /// The state at the compacted revision and the history since make the state of now.
  private func verifyHistory(
    of store: SQLiteStore, through current: Revision, against page: StorePage
  ) async throws {
    let compacted = try await store.compactedRevision()
    let base = try await store.list("", at: compacted)
    var objects = Dictionary(uniqueKeysWithValues: base.objects.map { ($0.key, $0) })
    var next = compacted.next
    if compacted < current {
      for batch in try await store.changes("", after: compacted, through: current) {
        for event in batch.events {
          #expect(event.revision == next || event.revision.next == next, "a gap in the history")
          next = event.revision.next
          #expect(event.previous == objects[event.key])
          switch event.change {
          case .put(let object): objects[event.key] = object
          case .delete: objects[event.key] = nil
          }
        }
      }
    }
    #expect(next == current.next)
    #expect(objects.values.sorted { StoreKey($0.key) < StoreKey($1.key) } == page.objects)
  }
}

extension StoredObject {
  fileprivate var number: Int? {
    Int(String(decoding: value, as: UTF8.self).trimmingCharacters(in: .whitespaces))
  }
}
