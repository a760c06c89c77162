import FakeAPIServer
import KubernetesClient
import Synchronization
import Testing

@testable import Controllers

/// What workers did.
private final class Record: Sendable {
  struct State {
    var turns: [String] = []
    var working: Set<String> = []
    var overlaps = 0
    var seen: [String: Int] = [:]
    var added: [String: Int] = [:]
  }

  let state = Mutex(State())

  var turns: [String] { state.withLock(\.turns) }
}

struct WorkQueueTests {
  private let time = ManualTime()

  private func queue() -> WorkQueue<String> {
    WorkQueue(
      time: time.source, random: { 0 },
      backoff: Backoff.Policy(
        initial: .seconds(1), maximum: .seconds(8), forgetAfter: .seconds(600)))
  }

  /// Runs a queue while the body runs.
  private func run(
    _ queue: WorkQueue<String>, workers: Int = 1,
    _ process: @escaping @Sendable (String) async -> WorkQueue<String>.Outcome,
    _ body: () async -> Void
  ) async {
    let task = Task { await queue.run(workers: workers, process) }
    await body()
    task.cancel()
    await task.value
  }

  @Test func aKeyAddedTwiceHasOneTurn() async {
    let queue = queue()
    let record = Record()
    for key in ["a", "b", "a", "c", "b"] { queue.add(key) }
    #expect(queue.depth == 3)
    await run(queue) { key in
      record.state.withLock { $0.turns.append(key) }
      return .done
    } _: {
      #expect(await eventually { record.turns == ["a", "b", "c"] })
    }
  }

  @Test func aKeyAddedWhileWorkedOnComesAgainAfterwards() async {
    let queue = queue()
    let record = Record()
    queue.add("a")
    await run(queue, workers: 4) { key in
      let turn = record.state.withLock { state in
        state.turns.append(key)
        return state.turns.count
      }
      if turn == 1 {
        queue.add(key)
        queue.add(key)
        #expect(queue.depth == 0, "it must wait until this turn ends")
      }
      return .done
    } _: {
      #expect(await eventually { record.turns == ["a", "a"] })
    }
  }

  @Test func failuresComeAgainMoreAndMoreSlowlyUntilSuccess() async {
    let queue = queue()
    let record = Record()
    queue.add("a")
    await run(queue) { key in
      let count = record.state.withLock { state in
        state.turns.append(key)
        return state.turns.count
      }
      return count == 6 || count == 7 ? .done : .failed
    } _: {
      for (turns, delay) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8)] {
        #expect(await eventually { time.sleepers == [.seconds(delay)] })
        #expect(record.turns.count == turns)
        time.advance(by: .seconds(delay))
      }
      #expect(await eventually { record.turns.count == 6 })
      queue.add("a")
      #expect(await eventually { record.turns.count == 7 })
      queue.add("a")
      // Success in between: the next failure counts as the first.
      #expect(await eventually { time.sleepers == [.seconds(1)] })
    }
  }

  @Test func aKeyPutOffComesAtItsEarliestTime() async {
    let queue = queue()
    let record = Record()
    queue.add("a", after: .seconds(10))
    queue.add("a", after: .seconds(20))
    queue.add("b", after: .seconds(3))
    await run(queue) { key in
      record.state.withLock { $0.turns.append(key) }
      return .done
    } _: {
      #expect(await eventually { time.sleepers == [.seconds(3), .seconds(10)] })
      queue.add("a", after: .seconds(5))
      #expect(await eventually { time.sleepers.count == 3 })
      time.advance(by: .seconds(5))
      #expect(await eventually { Set(record.turns) == ["a", "b"] })
      time.advance(by: .seconds(60))
      #expect(await eventually { time.sleepers.isEmpty })
      #expect(record.turns.count == 2)
    }
  }

  @Test func workersStopWithTheirTask() async {
    let queue = queue()
    await run(queue, workers: 3) { _ in
      .done
    } _: {
    }
    queue.add("a")
    #expect(queue.depth == 1)
  }

  @Test(arguments: [1, 2, 8]) func noKeyIsWorkedOnTwiceAtOnceAndNoneIsLost(workers: Int) async {
    let queue = WorkQueue<String>(time: .system, random: { 0.5 })
    let record = Record()
    let task = Task {
      await queue.run(workers: workers) { key in
        // What is there when a turn begins must include everything added before.
        let version = record.state.withLock { $0.added[key] ?? 0 }
        record.state.withLock { state in
          if !state.working.insert(key).inserted { state.overlaps += 1 }
        }
        await Task.yield()
        record.state.withLock { state in
          state.working.remove(key)
          state.seen[key] = max(state.seen[key] ?? 0, version)
        }
        return version.isMultiple(of: 7) ? .again(after: .milliseconds(1)) : .done
      }
    }
    await withTaskGroup { group in
      for adder in 0..<8 {
        group.addTask {
          for round in 0..<500 {
            let key = "k\((adder * 31 + round) % 10)"
            record.state.withLock { $0.added[key, default: 0] += 1 }
            queue.add(key)
            if round.isMultiple(of: 50) { await Task.yield() }
          }
        }
      }
    }
    let expected = record.state.withLock(\.added)
    #expect(expected.values.reduce(0, +) == 4000)
    #expect(await eventually { record.state.withLock(\.seen) == expected })
    #expect(record.state.withLock(\.overlaps) == 0)
    task.cancel()
    await task.value
  }
}
