private import Synchronization

/// Lets operations run until it is shut, and tells when the last of them has ended.
final class OperationGate: Sendable {
  private struct State {
    var isOpen = true
    var running = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Every success must be followed by `leave`.
  func enter() throws(StoreError) {
    try state.withLock { state throws(StoreError) in
      guard state.isOpen else { throw .closed }
      state.running += 1
    }
  }

  func leave() {
    let woken = state.withLock { state in
      state.running -= 1
      guard state.running == 0 else { return [CheckedContinuation<Void, Never>]() }
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in woken { waiter.resume() }
  }

  /// Lets nobody in any more, and returns when nobody is left.
  ///
  /// - Returns: whether this call shut it.
  func shut() async -> Bool {
    let isFirst = state.withLock { state in
      defer { state.isOpen = false }
      return state.isOpen
    }
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        if state.running > 0 { state.waiting.append(continuation) }
        return state.running == 0
      }
      if isEmpty { continuation.resume() }
    }
    return isFirst
  }
}
