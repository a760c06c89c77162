import JSONTree

extension ObjectSchema {
  static let condition = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.Condition",
    "One aspect of an object's current state."
  ) {
    Field(
      "lastTransitionTime", .time, "When the status last changed from one value to another.",
      required: true)
    Field("message", .string, "Details for people; may be empty.", required: true, default: "")
    Field(
      "observedGeneration", .int64, "Generation of the object the condition was derived from.",
      empty: .dropped)
    Field(
      "reason", .string, "Why the status last changed, as one CamelCase word.", required: true,
      default: "")
    Field(
      "status", .string, "True, False or Unknown.", required: true, default: "",
      goType: "v1.ConditionStatus")
    Field("type", .string, "Which aspect it is, in CamelCase.", required: true, default: "")
  }
}
