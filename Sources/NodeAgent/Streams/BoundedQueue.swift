import DequeModule
import Synchronization

/// Carries values from one task to another, which it makes wait while too much is under way.
///
/// One task sends and one receives. Either may end the queue; so does the cancellation of either
/// while it waits.
final class BoundedQueue<Element: Sendable>: Sendable {
  private struct State {
    var elements: Deque<(element: Element, weight: Int)> = []
    var weight = 0
    var isEnded = false
    var receiver: CheckedContinuation<Void, Never>?
    var sender: CheckedContinuation<Void, Never>?
  }

  private let capacity: Int
  private let state = Mutex(State())

  /// - Parameter capacity: the weight of what may wait, in the unit of `send`'s; the last element
  ///   may go beyond it.
  init(capacity: Int) { self.capacity = capacity }

  /// Gives an element over, and returns when there is room for another. Dropped after the end.
  func send(_ element: Element, weight: Int = 1) async {
    let (receiver, isFull) = state.withLock { state in
      guard !state.isEnded else { return (nil as CheckedContinuation<Void, Never>?, false) }
      state.elements.append((element, weight))
      state.weight += weight
      defer { state.receiver = nil }
      return (state.receiver, state.weight >= capacity)
    }
    receiver?.resume()
    if isFull { await waitForRoom() }
  }

  /// The next element; nil at the end.
  func next() async -> Element? {
    while true {
      let (element, sender, isEnded) = state.withLock { state in
        guard let first = state.elements.popFirst() else {
          return (nil as Element?, nil as CheckedContinuation<Void, Never>?, state.isEnded)
        }
        state.weight -= first.weight
        guard state.weight < capacity else { return (first.element, nil, false) }
        defer { state.sender = nil }
        return (first.element, state.sender, false)
      }
      sender?.resume()
      if element != nil || isEnded { return element }
      await waitForElement()
    }
  }

  /// No more is sent. What was sent is still received.
  func finish() { end(drops: false) }

  /// Nobody receives any more: what was sent is dropped, and so is what will be.
  func abandon() { end(drops: true) }

  private func end(drops: Bool) {
    let waiting = state.withLock { state in
      state.isEnded = true
      if drops {
        state.elements.removeAll()
        state.weight = 0
      }
      defer {
        state.receiver = nil
        state.sender = nil
      }
      return [state.receiver, state.sender]
    }
    for continuation in waiting { continuation?.resume() }
  }

  private func waitForRoom() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.isEnded || state.weight < capacity { return true }
          state.sender = continuation
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      finish()
    }
  }

  private func waitForElement() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.isEnded || !state.elements.isEmpty { return true }
          state.receiver = continuation
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      abandon()
    }
  }
}
