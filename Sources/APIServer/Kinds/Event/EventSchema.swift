import JSONTree

extension ObjectSchema {
  static let eventsEvent = kind(
    "io.k8s.api.events.v1.Event",
    "Something that happened to an object, as a controller tells it. Events are kept "
      + "for a limited time."
  ) {
    Field("action", .string, "What was done or failed; at most 128 characters.")
    Field("deprecatedCount", .int32, "count of the core/v1 form.", empty: .dropped)
    Field("deprecatedFirstTimestamp", .time, "firstTimestamp of the core/v1 form.")
    Field("deprecatedLastTimestamp", .time, "lastTimestamp of the core/v1 form.")
    Field("deprecatedSource", .object(.eventSource), "source of the core/v1 form.", default: [:])
    Field("eventTime", .microTime, "When it was first seen.", required: true)
    Field("note", .string, "What happened, for people; at most 1 kB.")
    Field("reason", .string, "Why, as one CamelCase word for machines; at most 128 characters.")
    Field("regarding", .object(.objectReference), "The object it is about.", default: [:])
    Field("related", .object(.objectReference), "A second object that took part.")
    Field(
      "reportingController", .string, "Controller that reported it, such as example.com/controller."
    )
    Field("reportingInstance", .string, "Which instance of the controller; at most 128 characters.")
    Field(
      "series", .object(.eventsEventSeries),
      "How often and how recently, for an event that repeats.")
    Field("type", .string, "Normal or Warning.")
  }

  static let eventsEventSeries = ObjectSchema(
    "io.k8s.api.events.v1.EventSeries",
    "Repetitions of an Event."
  ) {
    Field("count", .int32, "How often it happened up to the last time.", required: true, default: 0)
    Field("lastObservedTime", .microTime, "When it last happened.", required: true)
  }
}
