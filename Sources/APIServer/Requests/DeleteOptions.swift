import JSONTree
import KubernetesAPI

/// What a deletion was asked with (meta/v1 DeleteOptions).
struct DeleteOptions: Sendable, Equatable {
  enum Propagation: String, Sendable {
    case orphan = "Orphan"
    case background = "Background"
    case foreground = "Foreground"
  }

  var isDryRun = false
  /// Nil for the kind's own.
  var gracePeriodSeconds: Int64?
  /// Only delete the object with this uid.
  var uid: String?
  /// Only delete this version.
  var resourceVersion: String?
  var propagation: Propagation?
  /// What `propagationPolicy` was called before.
  var orphanDependents: Bool?

  init() {}

  /// From the query, which counts where there is no body.
  init(_ query: Query) throws(APIStatus) {
    gracePeriodSeconds = try query.integer("gracePeriodSeconds")
    orphanDependents = query.flag("orphanDependents")
    try finish(propagation: query.first("propagationPolicy"), dryRun: query.all("dryRun"))
  }

  /// From a body.
  ///
  /// - Throws: 400 for a body of another kind or with members of another type.
  init(_ body: JSON) throws(APIStatus) {
    guard body.object != nil else {
      throw .badRequest(
        "couldn't get version/kind; json parse error: json: cannot unmarshal \(body.typeName) "
          + "into Go value of type struct { APIVersion string "
          + #""json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#)
    }
    if let kind = body["kind"]?.string, kind != "DeleteOptions" {
      let version = body["apiVersion"]?.string ?? ""
      throw .badRequest(
        "no kind \"\(kind)\" is registered for version \"\(version)\" in scheme \"meta.k8s.io\"")
    }
    let preconditions = body["preconditions"]
    uid = try Self.text(preconditions?["uid"], "preconditions.uid")
    resourceVersion = try Self.text(
      preconditions?["resourceVersion"], "preconditions.resourceVersion")
    if let value = body["gracePeriodSeconds"] {
      guard let seconds = value.integer else {
        throw Self.wrongType(value, "gracePeriodSeconds", "int64")
      }
      gracePeriodSeconds = seconds
    }
    if let value = body["orphanDependents"] {
      guard let flag = value.bool else { throw Self.wrongType(value, "orphanDependents", "bool") }
      orphanDependents = flag
    }
    var dryRun: [String] = []
    if let value = body["dryRun"] {
      guard let elements = value.array else {
        throw Self.wrongType(value, "dryRun", "[]string")
      }
      for element in elements { dryRun.append(try Self.text(element, "dryRun") ?? "") }
    }
    let propagation = try Self.text(body["propagationPolicy"], "propagationPolicy")
    try finish(propagation: propagation, dryRun: dryRun)
  }

  private mutating func finish(
    propagation text: String?, dryRun: [String]
  ) throws(APIStatus) {
    var errors: [FieldError] = []
    let path = FieldPath("propagationPolicy")
    if let text {
      if orphanDependents != nil {
        errors.append(
          .invalid(
            path, .string(text), "orphanDependents and deletionPropagation cannot be both set"))
      }
      propagation = Propagation(rawValue: text)
      if propagation == nil {
        errors.append(
          FieldError(
            kind: .notSupported, path: path, value: quoted(text),
            detail: #"supported values: "Foreground", "Background", "Orphan", "nil""#))
      }
    }
    isDryRun = WriteOptions.isDryRun(dryRun, &errors)
    if !errors.isEmpty { throw .invalidOptions("DeleteOptions", errors) }
    // Kubernetes reads a negative period as the shortest one.
    if let seconds = gracePeriodSeconds, seconds < 0 { gracePeriodSeconds = 1 }
  }

  private static func text(_ value: JSON?, _ field: String) throws(APIStatus) -> String? {
    guard let value else { return nil }
    guard let text = value.string else { throw wrongType(value, field, "string") }
    return text
  }

  private static func wrongType(_ value: JSON, _ field: String, _ type: String) -> APIStatus {
    .badRequest(
      "json: cannot unmarshal \(value.typeName) into Go struct field DeleteOptions.\(field) "
        + "of type \(type)")
  }
}
