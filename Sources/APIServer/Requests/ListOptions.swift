import JSONTree
import KubernetesAPI

/// What a list, a watch or a deletion of a collection was asked with (meta/v1 ListOptions), less
/// the selectors, which need to know the kind.
struct ListOptions: Sendable, Equatable {
  enum Match: String, Sendable { case exact = "Exact", notOlderThan = "NotOlderThan" }

  var isWatch = false
  var allowsBookmarks = false
  var sendsInitialEvents: Bool?
  /// Empty where none was given.
  var resourceVersion = ""
  var match: Match?
  /// 0 for none.
  var limit: Int64 = 0
  var continueToken = ""
  var timeoutSeconds: Int64?
  var labelSelector = ""
  var fieldSelector = ""

  init() {}

  /// - Throws: 400 for values that cannot be read, 422 for combinations that make no sense.
  init(_ query: Query, isWatch: Bool) throws(APIStatus) {
    self.isWatch = isWatch
    allowsBookmarks = query.flag("allowWatchBookmarks") ?? false
    sendsInitialEvents = query.flag("sendInitialEvents")
    resourceVersion = query.first("resourceVersion") ?? ""
    limit = try query.integer("limit") ?? 0
    continueToken = query.first("continue") ?? ""
    timeoutSeconds = try query.integer("timeoutSeconds")
    labelSelector = query.first("labelSelector") ?? ""
    fieldSelector = query.first("fieldSelector") ?? ""
    let matchText = query.first("resourceVersionMatch") ?? ""
    match = Match(rawValue: matchText)
    let errors = isWatch ? watchErrors(matchText) : listErrors(matchText)
    if !errors.isEmpty { throw .invalidOptions("ListOptions", errors) }
    if isWatch, sendsInitialEvents == nil, resourceVersion.isEmpty || resourceVersion == "0" {
      // Such watches always began with the state, long before one could ask for that.
      sendsInitialEvents = true
      match = .notOlderThan
    }
  }

  private static let matchPath = FieldPath("resourceVersionMatch")

  private func listErrors(_ matchText: String) -> [FieldError] {
    var errors: [FieldError] = []
    if !matchText.isEmpty {
      if resourceVersion.isEmpty {
        errors.append(
          .forbidden(
            Self.matchPath, "resourceVersionMatch is forbidden unless resourceVersion is provided"))
      }
      errors += continueErrors()
      if match == nil {
        errors.append(unsupportedMatch(matchText, #""Exact", "NotOlderThan", """#))
      }
      if match == .exact, resourceVersion == "0" {
        errors.append(
          .forbidden(
            Self.matchPath,
            #"resourceVersionMatch "exact" is forbidden for resourceVersion "0""#))
      }
    }
    if sendsInitialEvents != nil {
      errors.append(
        .forbidden(
          FieldPath("sendInitialEvents"), "sendInitialEvents is forbidden for list"))
    }
    return errors
  }

  private func watchErrors(_ matchText: String) -> [FieldError] {
    var errors: [FieldError] = []
    if sendsInitialEvents != nil, match != .notOlderThan {
      errors.append(
        .forbidden(
          Self.matchPath, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        ))
    }
    guard !matchText.isEmpty else { return errors }
    if sendsInitialEvents == nil {
      errors.append(
        .forbidden(
          Self.matchPath,
          "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
    }
    if match != .notOlderThan { errors.append(unsupportedMatch(matchText, #""NotOlderThan""#)) }
    return errors + continueErrors()
  }

  private func continueErrors() -> [FieldError] {
    guard !continueToken.isEmpty else { return [] }
    return [
      .forbidden(
        Self.matchPath, "resourceVersionMatch is forbidden when continue is provided")
    ]
  }

  private func unsupportedMatch(_ text: String, _ supported: String) -> FieldError {
    FieldError(
      kind: .notSupported, path: Self.matchPath, value: "\"\(text)\"",
      detail: "supported values: " + supported)
  }
}

extension Query {
  /// A parameter read as a decimal number; nil if it did not come.
  ///
  /// - Throws: 400 in the words of Go's strconv.
  func integer(_ name: String) throws(APIStatus) -> Int64? {
    guard let text = first(name) else { return nil }
    if let value = Int64(text) { return value }
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    let isNumber = !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    let problem = isNumber ? "value out of range" : "invalid syntax"
    throw .badRequest("strconv.ParseInt: parsing \(quoted(text)): \(problem)")
  }
}

/// A text in double quotes with the escapes of Go's `%q`.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.value < 0x20 || scalar.value == 0x7F:
      let digits = String(scalar.value, radix: 16)
      result += "\\x" + (digits.count < 2 ? "0" : "") + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}

extension APIStatus {
  /// 422 about the options of a request rather than an object.
  static func invalidOptions(_ kind: String, _ errors: [FieldError]) -> APIStatus {
    let options = ResourceType(
      group: "meta.k8s.io", version: "v1", kind: kind, plural: "", isNamespaced: false)
    return .invalid(options, name: "", errors)
  }
}
