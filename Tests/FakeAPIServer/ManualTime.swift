package import KubernetesAPI
package import KubernetesClient
import Synchronization

/// Clocks that stand still until a test moves them on.
package final class ManualTime: Sendable {
  private struct Sleeper {
    var wakesAt: Duration
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var uptime = Duration.zero
    var nextID = 0
    var sleepers: [Int: Sleeper] = [:]
  }

  private let state = Mutex(State())
  private let start: Timestamp

  package init(start: Timestamp = Timestamp(seconds: 1_700_000_000)) { self.start = start }

  package var source: TimeSource {
    TimeSource(
      uptime: { self.state.withLock(\.uptime) },
      now: {
        let passed = self.state.withLock(\.uptime).components
        return Timestamp(
          seconds: self.start.seconds + passed.seconds,
          nanoseconds: Int32(passed.attoseconds / 1_000_000_000))
      },
      sleep: { try await self.sleep($0) })
  }

  /// How long each sleeper still has to wait, shortest first.
  package var sleepers: [Duration] {
    state.withLock { state in state.sleepers.values.map { $0.wakesAt - state.uptime }.sorted() }
  }

  package func advance(by duration: Duration) {
    let woken = state.withLock { state in
      state.uptime += duration
      let due = state.sleepers.filter { $0.value.wakesAt <= state.uptime }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in woken { continuation.resume() }
  }

  /// Moves on in small steps until a condition holds; false if it does not within a generous time.
  package func advance(
    by step: Duration = .milliseconds(100), until condition: () -> Bool
  ) async -> Bool {
    await eventually {
      if condition() { return true }
      advance(by: step)
      return false
    }
  }

  private func sleep(_ duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        (continuation: CheckedContinuation<Void, any Error>) in
        let cancelled = state.withLock { state in
          if Task.isCancelled { return true }
          state.sleepers[id] = Sleeper(
            wakesAt: state.uptime + duration, continuation: continuation)
          return false
        }
        if cancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }
}

/// Waits until a condition holds; false if it does not within a generous time.
package func eventually(
  within limit: Duration = .seconds(20), _ condition: () -> Bool
) async -> Bool {
  let end = ContinuousClock.now + limit
  while ContinuousClock.now < end {
    if condition() { return true }
    await Task.yield()
  }
  return condition()
}
