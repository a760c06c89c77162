import JSONTree

extension ObjectSchema {
  static let coreEvent = kind(
    "io.k8s.api.core.v1.Event",
    "Something that happened to an object, as a controller tells it. Events are kept "
      + "for a limited time.", requiresMetadata: true
  ) {
    Field("action", .string, "What was done or failed.")
    Field("count", .int32, "How often it happened.", empty: .dropped)
    Field("eventTime", .microTime, "When it was first seen.")
    Field("firstTimestamp", .time, "When it was first recorded.")
    Field(
      "involvedObject", .object(.objectReference), "The object it is about.", required: true,
      default: [:])
    Field("lastTimestamp", .time, "When it was last recorded.")
    Field("message", .string, "What happened, for people.")
    Field("reason", .string, "Why, as one CamelCase word for machines.")
    Field("related", .object(.objectReference), "A second object that took part.")
    Field(
      "reportingComponent", .string, "Controller that reported it, such as example.com/controller.",
      default: "", empty: .kept)
    Field(
      "reportingInstance", .string, "Which instance of the controller.", default: "", empty: .kept)
    Field("series", .object(.eventSeries), "How often and how recently, for an event that repeats.")
    Field(
      "source", .object(.eventSource), "Component and host that reported it, in the older form.",
      default: [:])
    Field("type", .string, "Normal or Warning; others may come.")
  }

  static let eventSeries = ObjectSchema(
    "io.k8s.api.core.v1.EventSeries",
    "Repetitions of an Event."
  ) {
    Field("count", .int32, "How often it happened up to the last time.", empty: .dropped)
    Field("lastObservedTime", .microTime, "When it last happened.")
  }

  static let eventSource = ObjectSchema(
    "io.k8s.api.core.v1.EventSource",
    "Who reported an Event."
  ) {
    Field("component", .string, "Component that reported it.")
    Field("host", .string, "Host it runs on.")
  }
}
