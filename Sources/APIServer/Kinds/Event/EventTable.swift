import JSONTree
import KubernetesAPI

/// How Events print, from their core form, whichever API group they are asked for in.
enum EventTable {
  static let columns: [PrinterColumn] = [
    PrinterColumn("Last Seen", "When it was last recorded."),
    PrinterColumn("Type", "Normal or Warning; others may come."),
    PrinterColumn("Reason", "Why, as one CamelCase word for machines."),
    PrinterColumn("Object", "The object it is about."),
    PrinterColumn("Subobject", "The part of the object it is about.", priority: 1),
    PrinterColumn("Source", "Who reported it.", priority: 1),
    PrinterColumn("Message", "What happened, for people."),
    PrinterColumn("First Seen", "When it was first recorded.", priority: 1),
    PrinterColumn("Count", "How often it happened.", priority: 1),
    PrinterColumn("Name", "Name of the Event.", format: "name", priority: 1),
  ]

  static func cells(of event: JSON, now: Timestamp) -> [JSON] {
    let first = HumanDuration.text(
      since: event["firstTimestamp"] ?? event["eventTime"], now: now)
    var last = event["lastTimestamp"].map { HumanDuration.text(since: $0, now: now) } ?? first
    var count = max(event.number("count"), 1)
    if let series = event["series"] {
      last = HumanDuration.text(since: series["lastObservedTime"], now: now)
      count = series.number("count")
    }
    let object = event.member("involvedObject")
    let kind = object.text("kind").lowercased()
    let name = object.text("name")
    return [
      .string(last), .string(event.text("type")), .string(event.text("reason")),
      .string(name.isEmpty ? kind : "\(kind)/\(name)"), .string(object.text("fieldPath")),
      .string(source(of: event)), .string(event.text("message").trimmed), .string(first),
      .integer(count), event.nameCell,
    ]
  }

  private static func source(of event: JSON) -> String {
    let source = event.member("source")
    let component = source.text("component").orIfEmpty(event.text("reportingComponent"))
    let host = source.text("host").orIfEmpty(event.text("reportingInstance"))
    return host.isEmpty ? component : "\(component), \(host)"
  }
}

extension String {
  /// Without white space at both ends.
  fileprivate var trimmed: String {
    let start = drop(while: \.isWhitespace)
    let count = start.reversed().prefix(while: \.isWhitespace).count
    return String(start.dropLast(count))
  }
}
