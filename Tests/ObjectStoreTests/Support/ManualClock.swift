import Synchronization

/// A clock that stands still until it is told to go on.
final class ManualClock: Clock {
  struct Instant: InstantProtocol {
    var offset: Duration

    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct State {
    var now = Instant(offset: .zero)
    var sleepers: [(deadline: Instant, continuation: CheckedContinuation<Void, Never>)] = []
    /// Who waits for somebody to fall asleep.
    var observers: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var now: Instant { state.withLock { $0.now } }
  var minimumResolution: Duration { .zero }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let woken = state.withLock { state -> [CheckedContinuation<Void, Never>] in
        guard deadline > state.now else { return [continuation] }
        state.sleepers.append((deadline, continuation))
        defer { state.observers = [] }
        return state.observers
      }
      for continuation in woken { continuation.resume() }
    }
    try Task.checkCancellation()
  }

  /// Waits until somebody sleeps, lets time pass, and wakes those whose time has come.
  func advance(by duration: Duration) async {
    await waitForSleeper()
    let woken = state.withLock { state in
      state.now = state.now.advanced(by: duration)
      let due = state.sleepers.filter { $0.deadline <= state.now }
      state.sleepers.removeAll { $0.deadline <= state.now }
      return due
    }
    for sleeper in woken { sleeper.continuation.resume() }
  }

  func waitForSleeper() async {
    await withCheckedContinuation { continuation in
      let isSleeping = state.withLock { state in
        if state.sleepers.isEmpty { state.observers.append(continuation) }
        return !state.sleepers.isEmpty
      }
      if isSleeping { continuation.resume() }
    }
  }
}
