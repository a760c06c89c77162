import JSONTree

/// A parameter of a request, in its path or its query.
struct OpenAPIParameter: Hashable {
  enum Place: String { case path, query }

  var name: String
  var place: Place
  /// `string`, `integer` or `boolean`.
  var type: String
  var description: String

  private init(_ name: String, _ type: String, _ description: String, in place: Place = .query) {
    self.name = name
    self.place = place
    self.type = type
    self.description = description
  }

  func json(_ dialect: OpenAPIDialect) -> JSON {
    var parameter: JSONObject = [
      "name": .string(name), "in": .string(place.rawValue), "description": .string(description),
    ]
    if place == .path { parameter["required"] = true }
    switch dialect {
    case .v2:
      parameter["type"] = .string(type)
      parameter["uniqueItems"] = true
    case .v3: parameter["schema"] = ["type": .string(type), "uniqueItems": true]
    }
    return .object(parameter)
  }

  // MARK: Those there are

  static func objectName(_ kind: String) -> OpenAPIParameter {
    OpenAPIParameter("name", "string", "Name of the \(kind).", in: .path)
  }

  static let namespace = OpenAPIParameter(
    "namespace", "string", "The namespace of the object or the collection.", in: .path)

  static let pretty = OpenAPIParameter(
    "pretty", "string", "The value true lays the answer out for people.")

  /// Of all requests that write.
  static let writing: [OpenAPIParameter] = [dryRun, fieldManager, fieldValidation]

  static let dryRun = OpenAPIParameter(
    "dryRun", "string", "The value All goes through the whole request without storing anything.")

  private static let fieldManager = OpenAPIParameter(
    "fieldManager", "string",
    "Who makes the change, as managedFields will show it: at most 128 printable characters.")

  private static let fieldValidation = OpenAPIParameter(
    "fieldValidation", "string",
    "What becomes of a body with unknown or duplicate fields: Ignore drops them, Warn (the default) "
      + "drops them with a warning each, Strict refuses the request.")

  static let force = OpenAPIParameter(
    "force", "boolean",
    "Takes over fields that others manage. Only for server-side apply.")

  /// Of requests that delete.
  static let deleting: [OpenAPIParameter] = [
    dryRun,
    OpenAPIParameter(
      "gracePeriodSeconds", "integer",
      "Seconds the object may take to end; 0 removes it at once. Default is the object's own."),
    OpenAPIParameter(
      "orphanDependents", "boolean", "Old spelling of propagationPolicy; true is Orphan."),
    OpenAPIParameter(
      "propagationPolicy", "string",
      "What happens to dependents: Orphan, Background or Foreground."),
  ]

  /// Of requests about a collection.
  static let selecting: [OpenAPIParameter] = [
    OpenAPIParameter(
      "continue", "string", "Where to go on, from the metadata of the previous part of the list."),
    OpenAPIParameter("fieldSelector", "string", "Restricts the list to objects with these fields."),
    OpenAPIParameter(
      "labelSelector", "string", "Restricts the list to objects with these labels."),
    OpenAPIParameter("limit", "integer", "The most objects one answer may hold."),
    OpenAPIParameter(
      "resourceVersion", "string",
      "How old the data may be: empty for the newest, 0 for any, or a version."),
    OpenAPIParameter(
      "resourceVersionMatch", "string",
      "How resourceVersion is meant: Exact or NotOlderThan."),
    OpenAPIParameter(
      "sendInitialEvents", "boolean",
      "Begins a watch with events for the objects there are, and a bookmark after the last."),
    OpenAPIParameter(
      "timeoutSeconds", "integer", "How long the request may last, whatever goes on."),
  ]

  static let watching: [OpenAPIParameter] = [
    OpenAPIParameter(
      "allowWatchBookmarks", "boolean",
      "Asks a watch for events of type BOOKMARK, which tell how far it has come."),
    OpenAPIParameter("watch", "boolean", "Follows changes instead of answering with a list."),
  ]
}
