package import JSONTree

/// Collects what is wrong with an object, check by check, in the order of the checks.
package struct FieldChecks {
  package private(set) var errors: [FieldError] = []

  package init() {}

  package var isEmpty: Bool { errors.isEmpty }

  package mutating func add(_ error: FieldError) { errors.append(error) }

  package mutating func add(_ more: [FieldError]) { errors += more }

  package mutating func required(_ path: FieldPath, _ detail: String = "") {
    errors.append(.required(path, detail))
  }

  package mutating func invalid(_ path: FieldPath, _ value: JSON?, _ detail: String) {
    errors.append(.invalid(path, value, detail))
  }

  package mutating func forbidden(_ path: FieldPath, _ detail: String) {
    errors.append(.forbidden(path, detail))
  }

  package mutating func duplicate(_ path: FieldPath, _ value: JSON?) {
    errors.append(.duplicate(path, value))
  }

  /// One error for each problem the rule finds in the text.
  package mutating func format(
    _ value: String, at path: FieldPath, _ rule: (String) -> [String]
  ) {
    for problem in rule(value) { errors.append(.invalid(path, .string(value), problem)) }
  }

  /// One error for each problem the rule finds in the number.
  package mutating func format(
    _ value: Int64, at path: FieldPath, _ rule: (Int64) -> [String]
  ) {
    for problem in rule(value) { errors.append(.invalid(path, .integer(value), problem)) }
  }

  /// That a number is not negative.
  package mutating func notNegative(_ value: Int64, at path: FieldPath) {
    if value < 0 {
      errors.append(.invalid(path, .integer(value), "must be greater than or equal to 0"))
    }
  }

  /// That the text is one of those the API knows.
  package mutating func oneOf(_ supported: [String], _ value: String, at path: FieldPath) {
    if !supported.contains(value) {
      errors.append(.notSupported(path, .string(value), supported: supported))
    }
  }

  /// That an update leaves the value as it was.
  package mutating func immutable(_ value: JSON, old: JSON, at path: FieldPath) {
    if !value.says(theSameAs: old) {
      errors.append(.invalid(path, value, "field is immutable"))
    }
  }

  // MARK: Labels

  package mutating func labelKey(_ key: String, at path: FieldPath) {
    format(key, at: path, Format.qualifiedName)
  }

  /// Keys and values of labels; the path is that of the map for both, as in Kubernetes.
  package mutating func labels(_ labels: JSONObject, at path: FieldPath) {
    for label in labels {
      format(label.key, at: path, Format.qualifiedName)
      format(label.value.string ?? "", at: path, Format.labelValue)
    }
  }

  /// A meta/v1 LabelSelector.
  package mutating func labelSelector(_ selector: JSON, at path: FieldPath) {
    labels(selector.members("matchLabels"), at: path.child("matchLabels"))
    for (index, requirement) in selector.items("matchExpressions").enumerated() {
      let path = path.child("matchExpressions").index(index)
      let values = requirement.items("values").map { $0.string ?? "" }
      let name = requirement.text("operator")
      switch name {
      case "In", "NotIn":
        if values.isEmpty {
          required(
            path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'")
        }
      case "Exists", "DoesNotExist":
        if !values.isEmpty {
          forbidden(
            path.child("values"),
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
        }
      default: invalid(path.child("operator"), .string(name), "not a valid selector operator")
      }
      labelKey(requirement.text("key"), at: path.child("key"))
      for (position, value) in values.enumerated() {
        format(value, at: path.child("values").index(position), Format.labelValue)
      }
    }
  }

  /// Keys of annotations (whose case does not matter) and the size of them all.
  package mutating func annotations(_ annotations: JSONObject, at path: FieldPath) {
    var size = 0
    for annotation in annotations {
      for problem in Format.qualifiedName(annotation.key.lowercased()) {
        invalid(path, .string(annotation.key), problem)
      }
      size += annotation.key.utf8.count + (annotation.value.string ?? "").utf8.count
    }
    let limit = 256 * 1024
    if size > limit { add(.tooLong(path, maximum: limit)) }
  }
}
