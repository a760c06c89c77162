import JSONTree
import KubernetesAPI

/// What a creation, an update or a patch was asked with (meta/v1 CreateOptions, UpdateOptions and
/// PatchOptions).
struct WriteOptions: Sendable, Equatable {
  var isDryRun = false
  var fieldManager = ""
  var fieldValidation = FieldValidation.warn
  /// Only for patches, and there only for server-side apply.
  var force: Bool?

  init() {}

  /// - Parameter kind: `CreateOptions`, `UpdateOptions` or `PatchOptions`.
  /// - Throws: 422 for values that are not supported.
  init(_ query: Query, kind: String) throws(APIStatus) {
    try self.init(query, kind: kind, isApply: false)
  }

  init(_ query: Query, kind: String, isApply: Bool) throws(APIStatus) {
    fieldManager = query.first("fieldManager") ?? ""
    var errors: [FieldError] = []
    if kind == "PatchOptions" {
      force = query.flag("force")
      if isApply, fieldManager.isEmpty {
        errors.append(.required(FieldPath("fieldManager"), "is required for apply patch"))
      } else if !isApply, force != nil {
        errors.append(
          .forbidden(FieldPath("force"), "may not be specified for non-apply patch"))
      }
    }
    errors += Self.problems(ofFieldManager: fieldManager)
    isDryRun = Self.isDryRun(query.all("dryRun"), &errors)
    let validation = query.first("fieldValidation") ?? ""
    if let known = FieldValidation(query: validation) {
      fieldValidation = known
    } else {
      errors.append(
        .notSupported(
          FieldPath("fieldValidation"), .string(validation),
          supported: ["", "Ignore", "Strict", "Warn"]))
    }
    if !errors.isEmpty { throw .invalidOptions(kind, errors) }
  }

  /// Reads `dryRun`, of which only `All` exists.
  static func isDryRun(_ values: [String], _ errors: inout [FieldError]) -> Bool {
    if values.contains(where: { $0 != "All" }) {
      let shown = JSON.array(values.map { .string($0) })
      errors.append(.notSupported(FieldPath("dryRun"), shown, supported: ["All"]))
    }
    return !values.isEmpty
  }

  private static func problems(ofFieldManager name: String) -> [FieldError] {
    let path = FieldPath("fieldManager")
    var errors: [FieldError] = []
    if name.utf8.count > 128 { errors.append(.tooLong(path, maximum: 128)) }
    var position = 0
    for scalar in name.unicodeScalars {
      if !scalar.isPrintable {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        errors.append(
          FieldError(
            kind: .invalid, path: path, value: quoted(name),
            detail: "invalid character U+\(code) (at position \(position))"))
      }
      position += scalar.utf8.count
    }
    return errors
  }
}

extension Unicode.Scalar {
  /// Letters, marks, numbers, punctuation, symbols and the space, as Go's unicode.IsPrint has it.
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: self == " "
    default: true
    }
  }
}
