import JSONTree

/// Types of meta/v1 that no kind contains, but that requests and answers do.
extension ObjectSchema {
  static let listMeta = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta", "What lists carry beside their items."
  ) {
    Field(
      "continue", .string,
      "Where the rest of the list begins, for the query parameter of that name; empty at the end.")
    Field(
      "remainingItemCount", .int64, "How many objects follow this part of the list, if known.")
    Field(
      "resourceVersion", .string,
      "The version of the whole list, from which a watch may be started.")
    Field("selfLink", .string, "Not used any more.", deprecated: true)
  }

  static let status = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status", "The outcome of a request without an object."
  ) {
    Field("apiVersion", .string, "Group and version of the API the object is written in.")
    Field("code", .int32, "Suggested HTTP status code; 0 if there is none.")
    Field("details", .object(.statusDetails), "What exactly it is about.")
    Field("kind", .string, "Type of the object.")
    Field("message", .string, "What happened, for people.")
    Field("metadata", .object(.listMeta), "Of lists; empty here.", default: [:])
    Field("reason", .string, "Why it failed, as one CamelCase word.")
    Field("status", .string, "Success or Failure.")
  }

  static let statusDetails = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails", "What a Status is about."
  ) {
    Field("causes", .list(.object(.statusCause)), "The single problems, each usually of one field.")
    Field("group", .string, "Group of the resource.")
    Field("kind", .string, "Kind or resource.")
    Field("name", .string, "Name of the object.")
    Field("retryAfterSeconds", .int32, "Seconds after which another try may succeed.")
    Field("uid", .string, "uid of the object.")
  }

  static let statusCause = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause", "One of several problems."
  ) {
    Field("field", .string, "The field, as a path such as spec.ports[0].port.")
    Field("message", .string, "What is wrong, for people.")
    Field("reason", .string, "What is wrong, as one CamelCase word.")
  }

  static let watchEvent = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent", "One change, as a watch reports it."
  ) {
    Field(
      "object", .anyObject, "The object after the change; before it, for a deletion.",
      required: true)
    Field("type", .string, "ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.", required: true)
  }

  static let patch = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    "A change of an object, in the form that the Content-Type names."
  ) {}
}
