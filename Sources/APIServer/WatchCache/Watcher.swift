import DequeModule
import ObjectStore
import Synchronization

/// One watch: what it has still to send, and the task that waits for more.
///
/// The cache offers, the task that serves the response takes. A watcher that does not take for so
/// long that its queue is full is cut off; its client comes back with the last resourceVersion it
/// saw.
final class Watcher: Sendable {
  /// Turns an event into bytes where clients asked for something other than the object itself.
  typealias Transform = @Sendable (WatchEventType, CachedObject) -> [UInt8]

  let id: UInt64
  let selection: Selection
  /// Events up to this revision are not for this watcher, or are in its backlog.
  let after: Revision
  let allowsBookmarks: Bool
  let transform: Transform?
  private let encoding: StoredEncoding
  private let state: Mutex<State>

  /// What there was when the watch began; taken before the queue.
  enum Backlog: Sendable {
    case none
    /// A state of the cache: an ADDED for each selected object.
    case objects(SortedObjects.Cursor)
    /// Events from the window, oldest first.
    case events(Deque<CacheEvent>)
  }

  /// A live event.
  enum Item: Sendable {
    /// Encoded once for all watchers of plain objects.
    case frame([UInt8])
    /// To be transformed by the task that sends it.
    case event(WatchEventType, CachedObject)
  }

  fileprivate struct State {
    var backlog: Backlog
    var queue: Deque<Item> = []
    var waiting: CheckedContinuation<Void, Never>?
    var isEnding = false
    var wasCut = false
    /// When the next bookmark is due, and when the watch ends; on the server's monotonic clock.
    var nextBookmark: Duration
    var deadline: Duration
  }

  init(
    id: UInt64, selection: Selection, after: Revision, backlog: Backlog, allowsBookmarks: Bool,
    nextBookmark: Duration, deadline: Duration, encoding: StoredEncoding, transform: Transform?
  ) {
    self.id = id
    self.selection = selection
    self.after = after
    self.allowsBookmarks = allowsBookmarks
    self.encoding = encoding
    self.transform = transform
    state = Mutex(State(backlog: backlog, nextBookmark: nextBookmark, deadline: deadline))
  }

  // MARK: Offering

  /// Appends an item. The caller resumes what is returned once it holds no lock.
  ///
  /// - Returns: whether the watcher still takes part, and who waits for the item.
  func offer(_ item: Item) -> (isOpen: Bool, waiting: CheckedContinuation<Void, Never>?) {
    state.withLock { state in
      guard !state.isEnding else { return (false, nil) }
      guard state.queue.count < ServerLimits.watcherQueue else {
        state.isEnding = true
        state.wasCut = true
        state.queue.removeAll()
        state.backlog = .none
        return (false, state.takeWaiting())
      }
      state.queue.append(item)
      return (true, state.takeWaiting())
    }
  }

  /// Ends the watch when everything offered so far has been taken.
  func finish() {
    let waiting = state.withLock { state in
      state.isEnding = true
      return state.takeWaiting()
    }
    waiting?.resume()
  }

  /// What time has come for.
  enum Due: Sendable, Equatable { case nothing, bookmark, end }

  func due(at now: Duration, bookmarkInterval: Duration) -> Due {
    state.withLock { state in
      if now >= state.deadline { return .end }
      guard allowsBookmarks, now >= state.nextBookmark else { return .nothing }
      state.nextBookmark = now + bookmarkInterval
      return .bookmark
    }
  }

  /// Whether the queue overflowed.
  var wasCut: Bool { state.withLock { $0.wasCut } }

  // MARK: Taking

  private enum Taken {
    case backlog(Backlog)
    case items([Item])
    case end
    case wait
  }

  /// The next stretch of the response, nil at its end. Waits while there is nothing to send.
  func next() async -> [UInt8]? {
    while !Task.isCancelled {
      switch take() {
      case .backlog(let backlog):
        let chunk = advance(backlog)
        if !chunk.isEmpty { return chunk }
      case .items(let items): return joined(items)
      case .end: return nil
      case .wait: await wait()
      }
    }
    return nil
  }

  private func take() -> Taken {
    state.withLock { state in
      switch state.backlog {
      case .none: break
      case let backlog:
        state.backlog = .none
        return .backlog(backlog)
      }
      if !state.queue.isEmpty {
        let count = min(state.queue.count, ServerLimits.eventsPerWatchChunk)
        let items = Array(state.queue.prefix(count))
        state.queue.removeFirst(count)
        return .items(items)
      }
      return state.isEnding ? .end : .wait
    }
  }

  /// Encodes a stretch of the backlog and puts the rest back.
  private func advance(_ backlog: Backlog) -> [UInt8] {
    var chunk: [UInt8] = []
    var rest = Backlog.none
    switch backlog {
    case .none: break
    case .objects(var cursor):
      while chunk.count < ServerLimits.watchChunkBytes {
        guard let object = cursor.next() else { break }
        if selection.matches(object) { chunk += encode(.added, object) }
        rest = .objects(cursor)
      }
      if cursor.remaining == 0 { rest = .none }
    case .events(var events):
      while chunk.count < ServerLimits.watchChunkBytes, let event = events.popFirst() {
        if let type = event.type(seenThrough: selection) {
          chunk += encode(type, event.object(for: type, encoding: encoding))
        }
      }
      if !events.isEmpty { rest = .events(events) }
    }
    state.withLock { state in
      if !state.wasCut { state.backlog = rest }
    }
    return chunk
  }

  private func encode(_ type: WatchEventType, _ object: CachedObject) -> [UInt8] {
    transform?(type, object) ?? type.frame(object.bytes)
  }

  private func joined(_ items: [Item]) -> [UInt8] {
    if items.count == 1, case .frame(let frame) = items[0] { return frame }
    var chunk: [UInt8] = []
    for item in items {
      switch item {
      case .frame(let frame): chunk += frame
      case .event(let type, let object): chunk += encode(type, object)
      }
    }
    return chunk
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          // The flag of cancellation is set before its handler runs, so that either this sees it
          // or the handler finds the continuation.
          if state.isEnding || !state.queue.isEmpty || Task.isCancelled { return true }
          state.waiting = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.takeWaiting() }?.resume()
    }
  }
}

extension Watcher.State {
  fileprivate mutating func takeWaiting() -> CheckedContinuation<Void, Never>? {
    defer { waiting = nil }
    return waiting
  }
}
