import JSONTree
import KubernetesAPI

/// One line of a watch (meta/v1 WatchEvent).
enum WatchEvent: Equatable {
  case added(JSON)
  case modified(JSON)
  case deleted(JSON)
  /// Nothing changed up to this resourceVersion.
  case bookmark(resourceVersion: String, endsInitialEvents: Bool)
  /// The watch cannot go on.
  case failed(APIStatus)

  static let initialEventsEndAnnotation = "k8s.io/initial-events-end"

  init?(json: JSON) {
    guard let type = json["type"]?.string, let object = json["object"] else { return nil }
    switch type {
    case "ADDED": self = .added(object)
    case "MODIFIED": self = .modified(object)
    case "DELETED": self = .deleted(object)
    case "BOOKMARK":
      let end = object["metadata"]?["annotations"]?[Self.initialEventsEndAnnotation]?.string
      self = .bookmark(
        resourceVersion: object["metadata"]?["resourceVersion"]?.string ?? "",
        endsInitialEvents: end == "true")
    case "ERROR":
      self = .failed(
        APIStatus(json: object)
          ?? APIStatus(code: 500, reason: .unknown, message: "the watch failed: \(object.text)"))
    default: return nil
    }
  }
}

/// Cuts a watch's body into its lines, wherever the borders of chunks fall.
struct WatchDecoder {
  /// The start of a line whose end has not come.
  private var pending: [UInt8] = []
  /// What is read of an event, if only a part of its object is wanted.
  private let fields: JSONFields?

  /// - Parameter fields: what is wanted of the objects; nil wants them whole.
  init(only fields: JSONFields? = nil) {
    self.fields = fields.map { JSONFields([("type", nil), ("object", $0)]) }
  }

  /// Reads on and calls back with each event that is whole.
  ///
  /// Throws `TransportError` (malformed response) where a line is no watch event.
  mutating func feed(_ chunk: [UInt8], event: (WatchEvent) throws -> Void) throws {
    var rest = chunk[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line: [UInt8]
      if pending.isEmpty {
        line = Array(rest[..<end])
      } else {
        pending += rest[..<end]
        line = pending
        pending = []
      }
      rest = rest[(end + 1)...]
      if line.isEmpty { continue }
      try event(try decode(line))
    }
    pending += rest
  }

  private func decode(_ line: [UInt8]) throws -> WatchEvent {
    let json: JSON
    do throws(JSONParseError) {
      json = try read(line)
    } catch {
      throw TransportError(.malformedResponse, "the watch sent invalid JSON: \(error)")
    }
    guard let event = WatchEvent(json: json) else {
      throw TransportError(.malformedResponse, "the watch sent no event: \(json.text.prefix(200))")
    }
    return event
  }

  /// Only of objects a part may be wanted; what else the server says is read whole.
  private func read(_ line: [UInt8]) throws(JSONParseError) -> JSON {
    guard let fields else { return try JSON(parsing: line) }
    let json = try JSON(parsing: line, only: fields)
    switch json["type"]?.string {
    case "ADDED", "MODIFIED", "DELETED": return json
    default: return try JSON(parsing: line)
    }
  }
}
