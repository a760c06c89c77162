import DequeModule
import JSONTree
import KubernetesAPI
package import ObjectStore
import Synchronization

/// The current objects of one kind, in the form in which they are given out, and the newest
/// stretch of their history.
///
/// `StoreFeed` is the only writer. Readers take a state of the objects that later changes leave
/// alone; watchers are registered in the same critical section in which their beginning is taken,
/// so that nothing is lost or repeated between the two.
package final class WatchCache: Sendable {
  let kind: any KindDefinition
  let encoding: StoredEncoding
  /// The kind's prefix with a slash at the end.
  let prefix: String
  /// How objects stand in the store, where that is not how they are served.
  private let foreignEncoding: StoredEncoding?
  private let state: Mutex<State>

  fileprivate struct State {
    var objects = SortedObjects()
    /// Everything up to this revision is in `objects`.
    var revision = Revision.zero
    /// Every change after `windowStart` is in here.
    var window: Deque<CacheEvent> = []
    var windowStart = Revision.zero
    var windowBytes = 0
    var watchers: [UInt64: Watcher] = [:]
    var nextWatcher: UInt64 = 0
    /// Extracts of values that are about to be committed, by key.
    var announced: [String: Announcement] = [:]
    var cutWatchers: UInt64 = 0
    /// Counts the changes of `objects`.
    var changes: UInt64 = 0
  }

  fileprivate struct Announcement {
    var value: [UInt8]
    var extract: ObjectExtract
  }

  init(kind: any KindDefinition) {
    self.kind = kind
    encoding = StoredEncoding(kind.resource)
    prefix = kind.storagePrefix + "/"
    foreignEncoding =
      kind.storedResource == kind.resource ? nil : StoredEncoding(kind.storedResource)
    state = Mutex(State())
  }

  // MARK: Reading

  /// The revision up to which the cache has seen everything.
  package var revision: Revision { state.withLock(\.revision) }

  func object(_ key: String) -> CachedObject? { state.withLock { $0.objects[key] } }

  /// A number that is another one whenever an object has changed.
  var changeCount: UInt64 { state.withLock(\.changes) }

  /// A state of the selected namespace's objects and its revision.
  func snapshot(
    prefix: String, startingAt start: String = ""
  ) -> (cursor: SortedObjects.Cursor, revision: Revision) {
    state.withLock { ($0.objects.cursor(prefix: prefix, startingAt: start), $0.revision) }
  }

  /// Figures for `/metrics`.
  var counts: (objects: Int, watchers: Int, events: Int, cut: UInt64) {
    state.withLock { ($0.objects.count, $0.watchers.count, $0.window.count, $0.cutWatchers) }
  }

  // MARK: Building objects

  /// An object from the store's value, parsed only where nobody announced it.
  func object(key: String, value: [UInt8], revision: Revision) -> CachedObject? {
    let announced = state.withLock { $0.announced.removeValue(forKey: key) }
    if let announced, announced.value == value {
      return object(key: key, stored: value, revision: revision, extract: announced.extract)
    }
    guard var json = try? JSON(parsing: value) else { return nil }
    if foreignEncoding != nil { json = kind.servedForm(of: json) }
    let extract = ObjectExtract(json, kind: kind)
    let stored = encoding.matches(value) ? value : encoding.encoded(json)
    return object(key: key, stored: stored, revision: revision, extract: extract)
  }

  /// An object from its stored form.
  func object(
    key: String, stored: [UInt8], revision: Revision, extract: ObjectExtract
  ) -> CachedObject {
    CachedObject(
      key: key, revision: revision,
      bytes: revision == .zero ? stored : encoding.spliced(stored, revision: revision),
      extract: extract)
  }

  /// What the store is to hold for an object.
  ///
  /// - Parameter served: the object's encoding as this kind serves it.
  func storedValue(of object: JSON, served: [UInt8]) -> [UInt8] {
    foreignEncoding?.encoded(kind.storedForm(of: object)) ?? served
  }

  /// Spares the feed the parsing of a value that is about to be committed.
  func announce(key: String, value: [UInt8], extract: ObjectExtract) {
    guard foreignEncoding == nil else { return }
    state.withLock { $0.announced[key] = Announcement(value: value, extract: extract) }
  }

  /// Takes an announcement back after a commit that failed.
  func withdraw(key: String) {
    _ = state.withLock { $0.announced.removeValue(forKey: key) }
  }

  // MARK: Feeding

  /// Replaces everything by a state of the store. Watches end: their place in the history is lost.
  func load(_ objects: SortedObjects, at revision: Revision) {
    let watchers = state.withLock { state in
      state.objects = objects
      state.changes += 1
      state.revision = revision
      state.window.removeAll()
      state.windowStart = revision
      state.windowBytes = 0
      let watchers = state.watchers
      state.watchers.removeAll()
      return watchers
    }
    for watcher in watchers.values { watcher.finish() }
  }

  /// Takes in consecutive changes and tells the watchers.
  ///
  /// - Parameter revision: everything up to it has been delivered with this call.
  func apply(_ changes: [StoreEvent], through revision: Revision) {
    let prepared = changes.map { change -> (StoreEvent, CachedObject?) in
      guard case .put(let stored) = change.change else { return (change, nil) }
      let key = String(change.key.dropFirst(prefix.count))
      return (change, object(key: key, value: stored.value, revision: change.revision))
    }
    let waiting = state.withLock { state in
      var waiting: [CheckedContinuation<Void, Never>] = []
      for (change, object) in prepared {
        guard let event = state.take(change, object, prefix: prefix, encoding: encoding) else {
          continue
        }
        state.dispatch(event, encoding: encoding, waiting: &waiting)
      }
      state.revision = max(state.revision, revision)
      return waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  // MARK: Watching

  /// Where a watch begins.
  enum Beginning: Sendable {
    /// With an ADDED for each object.
    case state
    /// With the next change.
    case now
    /// With the first change after a revision.
    case after(Revision)
  }

  /// - Parameters:
  ///   - marksInitialEvents: whether a bookmark says where the initial objects end.
  ///   - now: on the server's monotonic clock.
  ///   - timeout: how long the watch lasts.
  /// - Throws: 410 if the changes after the revision are not in the window any more.
  func watch(
    _ selection: Selection, from beginning: Beginning, allowsBookmarks: Bool,
    marksInitialEvents: Bool, now: Duration, timeout: Duration, bookmarkInterval: Duration,
    transform: Watcher.Transform?
  ) throws(APIStatus) -> Watcher {
    try state.withLock { state throws(APIStatus) in
      var after = state.revision
      var backlog = Watcher.Backlog.none
      switch beginning {
      case .now: break
      case .state: backlog = .objects(state.objects.cursor(prefix: selection.keyPrefix))
      case .after(let revision):
        guard revision >= state.windowStart else {
          throw .expired("too old resource version: \(revision) (\(state.windowStart.next))")
        }
        let events = state.events(after: revision)
        if !events.isEmpty { backlog = .events(events) }
        after = max(after, revision)
      }
      state.nextWatcher += 1
      let watcher = Watcher(
        id: state.nextWatcher, selection: selection, after: after, backlog: backlog,
        allowsBookmarks: allowsBookmarks, nextBookmark: now + bookmarkInterval,
        deadline: now + timeout, encoding: encoding, transform: transform)
      if marksInitialEvents {
        _ = watcher.offer(
          watcher.bookmark(kind.resource, at: state.revision, endsInitialEvents: true))
      }
      state.watchers[watcher.id] = watcher
      return watcher
    }
  }

  func remove(_ watcher: Watcher) {
    _ = state.withLock { $0.watchers.removeValue(forKey: watcher.id) }
  }

  /// Sends bookmarks and ends watches whose time has come.
  func tick(now: Duration, bookmarkInterval: Duration) {
    var waiting: [CheckedContinuation<Void, Never>] = []
    var ended: [Watcher] = []
    state.withLock { state in
      for watcher in state.watchers.values {
        let due = watcher.due(at: now, bookmarkInterval: bookmarkInterval)
        guard due != .nothing else { continue }
        if watcher.allowsBookmarks, watcher.after <= state.revision {
          let offer = watcher.offer(watcher.bookmark(kind.resource, at: state.revision))
          if let continuation = offer.waiting { waiting.append(continuation) }
        }
        if due == .end { ended.append(watcher) }
      }
      for watcher in ended { state.watchers[watcher.id] = nil }
    }
    for continuation in waiting { continuation.resume() }
    for watcher in ended { watcher.finish() }
  }

  /// Ends all watches: the server stops.
  func finishWatches() {
    let watchers = state.withLock { state in
      let watchers = state.watchers
      state.watchers.removeAll()
      return watchers
    }
    for watcher in watchers.values { watcher.finish() }
  }
}

extension WatchCache.State {
  /// Updates objects and window. Nil for a deletion of something that was not there, and for a
  /// value that is no object.
  fileprivate mutating func take(
    _ change: StoreEvent, _ object: CachedObject?, prefix: String, encoding: StoredEncoding
  ) -> CacheEvent? {
    let event: CacheEvent
    switch change.change {
    case .put:
      guard let object else { return nil }
      let previous = objects.insert(object)
      event = CacheEvent(
        revision: change.revision, object: object, previous: previous, isDeletion: false)
    case .delete:
      let key = String(change.key.dropFirst(prefix.count))
      guard let previous = objects.remove(key) else { return nil }
      event = CacheEvent(
        revision: change.revision,
        object: previous.reissued(at: change.revision, encoding: encoding), previous: previous,
        isDeletion: true)
    }
    changes += 1
    window.append(event)
    windowBytes += event.object.bytes.count
    while window.count > ServerLimits.eventsInWindow || windowBytes > ServerLimits.bytesInWindow,
      let oldest = window.popFirst()
    {
      windowBytes -= oldest.object.bytes.count
      windowStart = oldest.revision
    }
    return event
  }

  fileprivate mutating func dispatch(
    _ event: CacheEvent, encoding: StoredEncoding,
    waiting: inout [CheckedContinuation<Void, Never>]
  ) {
    guard !watchers.isEmpty else { return }
    var frames = EventFrames(event, encoding: encoding)
    var closed: [UInt64] = []
    for (id, watcher) in watchers where watcher.after < event.revision {
      guard let type = event.type(seenThrough: watcher.selection) else { continue }
      let item: Watcher.Item =
        watcher.transform == nil
        ? .frame(frames.frame(type)) : .event(type, frames.object(type))
      let offer = watcher.offer(item)
      if let continuation = offer.waiting { waiting.append(continuation) }
      if !offer.isOpen { closed.append(id) }
    }
    for id in closed {
      if watchers.removeValue(forKey: id)?.wasCut == true { cutWatchers += 1 }
    }
  }

  /// The window's events after a revision.
  fileprivate func events(after revision: Revision) -> Deque<CacheEvent> {
    var low = 0
    var high = window.count
    while low < high {
      let middle = (low + high) / 2
      if window[middle].revision <= revision { low = middle + 1 } else { high = middle }
    }
    return Deque(window[low...])
  }
}

extension APIStatus {
  /// 410: what was asked for is older than what is kept.
  static func expired(_ message: String) -> APIStatus {
    APIStatus(code: 410, reason: .expired, message: message)
  }
}
