import KubernetesAPI

/// What of a container's log is asked for (core/v1 PodLogOptions).
struct LogQuery: Sendable, Equatable {
  var follows = false
  var isPrevious = false
  var hasTimestamps = false
  /// Lines before that are left out.
  var since: Timestamp?
  /// The last so many lines; nil for all.
  var tail: Int64?
  /// The most bytes that are given, times included.
  var limit: Int64?

  init() {}

  /// Reads the query of a request; nil if a value is none.
  ///
  /// - Parameter now: from when `sinceSeconds` counts back.
  init?(_ query: AgentTarget.Query, now: Timestamp) {
    func flag(_ name: String) -> Bool {
      guard let text = query.first(name)?.lowercased() else { return false }
      return text != "false" && text != "0"
    }
    follows = flag("follow")
    isPrevious = flag("previous")
    hasTimestamps = flag("timestamps")
    for (name, least) in [("tailLines", 0), ("limitBytes", 1), ("sinceSeconds", 1)] as [(_, Int64)]
    {
      guard let text = query.first(name), !text.isEmpty else { continue }
      guard let number = Int64(text), number >= least else { return nil }
      switch name {
      case "tailLines": tail = number
      case "limitBytes": limit = number
      default: since = Timestamp(seconds: now.seconds - number, nanoseconds: now.nanoseconds)
      }
    }
    if let text = query.first("sinceTime"), !text.isEmpty {
      guard let time = Timestamp(text), since == nil else { return nil }
      since = time
    }
  }
}
