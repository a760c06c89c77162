import DequeModule
package import KubernetesClient
import Synchronization

/// Keys of objects that need attention.
///
/// A key that is added again before its turn waits once; a key that is added while it is worked on
/// comes again afterwards; no key is ever worked on twice at once. Failures come again after a
/// delay that grows for each key by itself.
package final class WorkQueue<Key: Hashable & Sendable>: Sendable {
  /// What became of a key's turn.
  package enum Outcome: Sendable, Equatable {
    /// It needs nothing more; its failures are forgotten.
    case done
    /// It failed: again after the back-off.
    case failed
    /// Again after this long, which is no failure.
    case again(after: Duration)
  }

  private struct Timer: Sendable {
    var key: Key
    var deadline: Duration
  }

  private struct State {
    var ready: Deque<Key> = []
    /// Keys in `ready`, and keys added while being worked on.
    var dirty: Set<Key> = []
    var working: Set<Key> = []
    var backoffs: [Key: Backoff] = [:]
    /// When keys that were put off come, by uptime.
    var deadlines: [Key: Duration] = [:]
    /// Workers with nothing to do.
    var idle: [UInt64: CheckedContinuation<Key?, Never>] = [:]
    var nextWorker: UInt64 = 0
  }

  private let time: TimeSource
  private let random: @Sendable () -> Double
  private let policy: Backoff.Policy
  private let state = Mutex(State())
  private let timers: AsyncStream<Timer>
  private let schedule: AsyncStream<Timer>.Continuation

  /// The delays between attempts of one key. Kubernetes begins at 5 ms (most controllers) to 1 s
  /// and ends at 1000 s; here a server that is back is noticed sooner.
  package static var defaultBackoff: Backoff.Policy {
    Backoff.Policy(
      initial: .milliseconds(20), maximum: .seconds(60), forgetAfter: .seconds(600))
  }

  package init(
    time: TimeSource, random: @escaping @Sendable () -> Double,
    backoff: Backoff.Policy = WorkQueue.defaultBackoff
  ) {
    self.time = time
    self.random = random
    policy = backoff
    (timers, schedule) = AsyncStream.makeStream(of: Timer.self)
  }

  /// Keys waiting for their turn, those put off not counted.
  package var depth: Int { state.withLock(\.ready.count) }

  package func add(_ key: Key) {
    let handover = state.withLock { state -> (CheckedContinuation<Key?, Never>, Key)? in
      guard state.dirty.insert(key).inserted, !state.working.contains(key) else { return nil }
      state.ready.append(key)
      return Self.takeTurn(in: &state)
    }
    if let (worker, key) = handover { worker.resume(returning: key) }
  }

  package func add(_ keys: some Sequence<Key>) {
    for key in keys { add(key) }
  }

  /// Adds a key later. A key that is to come sooner anyway stays as it is.
  package func add(_ key: Key, after delay: Duration) {
    let deadline = time.uptime() + delay
    let isNews = state.withLock { state in
      if let known = state.deadlines[key], known <= deadline { return false }
      state.deadlines[key] = deadline
      return true
    }
    if isNews { schedule.yield(Timer(key: key, deadline: deadline)) }
  }

  /// Works on keys until the task is cancelled. To be called once.
  ///
  /// - Parameters:
  ///   - workers: how many keys are worked on at once.
  ///   - process: works on one key.
  package func run(
    workers: Int, _ process: @escaping @Sendable (Key) async -> Outcome
  ) async {
    await withDiscardingTaskGroup { group in
      for _ in 0..<workers {
        group.addTask {
          while let key = await self.next() { self.finish(key, await process(key)) }
        }
      }
      for await timer in timers {
        group.addTask {
          do { try await self.time.sleep(timer.deadline - self.time.uptime()) } catch { return }
          self.fire(timer)
        }
      }
    }
  }

  private func fire(_ timer: Timer) {
    let isCurrent = state.withLock { state in
      guard state.deadlines[timer.key] == timer.deadline else { return false }
      state.deadlines[timer.key] = nil
      return true
    }
    if isCurrent { add(timer.key) }
  }

  /// The next key, once there is one; nil when the task is cancelled.
  private func next() async -> Key? {
    let worker = state.withLock { state in
      state.nextWorker += 1
      return state.nextWorker
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Key?, Never>) in
        let handover = state.withLock { state -> (CheckedContinuation<Key?, Never>, Key?)? in
          if Task.isCancelled { return (continuation, nil) }
          state.idle[worker] = continuation
          return Self.takeTurn(in: &state).map { ($0.0, $0.1) }
        }
        if let (worker, key) = handover { worker.resume(returning: key) }
      }
    } onCancel: {
      let continuation = state.withLock { $0.idle.removeValue(forKey: worker) }
      continuation?.resume(returning: nil)
    }
  }

  /// Pairs a ready key with an idle worker, if there are both.
  private static func takeTurn(
    in state: inout State
  ) -> (CheckedContinuation<Key?, Never>, Key)? {
    guard !state.ready.isEmpty, let (worker, continuation) = state.idle.first,
      let key = state.ready.popFirst()
    else { return nil }
    state.idle[worker] = nil
    state.dirty.remove(key)
    state.working.insert(key)
    return (continuation, key)
  }

  private func finish(_ key: Key, _ outcome: Outcome) {
    let now = time.uptime()
    let (delay, handover) = state.withLock {
      state -> (Duration?, (CheckedContinuation<Key?, Never>, Key)?) in
      state.working.remove(key)
      var delay: Duration?
      switch outcome {
      case .done: state.backoffs[key] = nil
      case .failed:
        delay = state.backoffs[key, default: Backoff(policy: policy)]
          .delay(at: now, random: random())
      case .again(let pause): delay = pause
      }
      guard state.dirty.contains(key) else { return (delay, nil) }
      state.ready.append(key)
      return (delay, Self.takeTurn(in: &state))
    }
    if let (worker, key) = handover { worker.resume(returning: key) }
    if let delay { add(key, after: delay) }
  }
}
