import ObjectStore

/// The kinds of event a watch sends (meta/v1 WatchEvent).
enum WatchEventType: String, Sendable {
  case added = "ADDED"
  case modified = "MODIFIED"
  case deleted = "DELETED"
  case bookmark = "BOOKMARK"
  case error = "ERROR"

  /// `{"type":"…","object":…}` and a line feed.
  func frame(_ object: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(object.count + 40)
    bytes += Array("{\"type\":\"\(rawValue)\",\"object\":".utf8)
    bytes += object
    bytes += Array("}\n".utf8)
    return bytes
  }
}

/// One object's change.
struct CacheEvent: Sendable {
  var revision: Revision
  /// The object after the change; for a deletion its last state, reissued at this revision.
  var object: CachedObject
  /// The object before the change, nil for a creation.
  var previous: CachedObject?
  var isDeletion: Bool

  /// What the change is to somebody who sees the selected objects only: one that begins to match
  /// appears, one that ceases to match disappears. Nil if there is nothing to see.
  func type(seenThrough selection: Selection) -> WatchEventType? {
    let before = previous.map(selection.matches) ?? false
    let after = !isDeletion && selection.matches(object)
    switch (before, after) {
    case (false, true): return .added
    case (true, true): return .modified
    case (true, false): return .deleted
    case (false, false): return nil
    }
  }

  /// The object as an event of a type shows it. An object that disappears from a selection is shown
  /// in its last matching state, at this event's revision.
  func object(for type: WatchEventType, encoding: StoredEncoding) -> CachedObject {
    guard type == .deleted, !isDeletion, let previous else { return object }
    return previous.reissued(at: revision, encoding: encoding)
  }
}

/// One event's encodings, each made at most once however many watchers get it.
struct EventFrames {
  let event: CacheEvent
  let encoding: StoredEncoding
  private var objects: [WatchEventType: CachedObject] = [:]
  private var frames: [WatchEventType: [UInt8]] = [:]

  init(_ event: CacheEvent, encoding: StoredEncoding) {
    self.event = event
    self.encoding = encoding
  }

  mutating func object(_ type: WatchEventType) -> CachedObject {
    if let object = objects[type] { return object }
    let object = event.object(for: type, encoding: encoding)
    objects[type] = object
    return object
  }

  mutating func frame(_ type: WatchEventType) -> [UInt8] {
    if let frame = frames[type] { return frame }
    let frame = type.frame(object(type).bytes)
    frames[type] = frame
    return frame
  }
}
