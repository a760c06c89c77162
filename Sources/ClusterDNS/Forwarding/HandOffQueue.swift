import DequeModule
import Synchronization

/// Where workers put what they cannot answer, and go on. Bounded: when it is full, the oldest goes.
final class HandOffQueue: Sendable {
  private struct State {
    var entries: Deque<HandOff> = []
    var shed: UInt64 = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int = ForwardingLimits.handedOver) { self.limit = limit }

  func push(_ entry: HandOff) {
    let oldest = state.withLock { state -> HandOff? in
      state.entries.append(entry)
      guard state.entries.count > limit else { return nil }
      state.shed += 1
      return state.entries.popFirst()
    }
    oldest?.reply.drop()
  }

  /// The oldest entries, that many at most, and whether there are more.
  func take(_ count: Int) -> (entries: [HandOff], hasMore: Bool) {
    state.withLock { state in
      let taken = Array(state.entries.prefix(count))
      state.entries.removeFirst(taken.count)
      return (taken, !state.entries.isEmpty)
    }
  }

  var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }

  /// How many were dropped.
  var shed: UInt64 { state.withLock(\.shed) }
}
