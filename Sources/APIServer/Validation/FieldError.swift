package import JSONTree
package import KubernetesAPI

/// One thing wrong with one field (apimachinery field.Error).
package struct FieldError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Kind: String, Sendable, Equatable {
    case notFound = "FieldValueNotFound"
    case required = "FieldValueRequired"
    case duplicate = "FieldValueDuplicate"
    case invalid = "FieldValueInvalid"
    case notSupported = "FieldValueNotSupported"
    case forbidden = "FieldValueForbidden"
    case tooLong = "FieldValueTooLong"
    case tooMany = "FieldValueTooMany"
    case internalError = "InternalError"
    case typeInvalid = "FieldValueTypeInvalid"

    var words: String {
      switch self {
      case .notFound: "Not found"
      case .required: "Required value"
      case .duplicate: "Duplicate value"
      case .invalid: "Invalid value"
      case .notSupported: "Unsupported value"
      case .forbidden: "Forbidden"
      case .tooLong: "Too long"
      case .tooMany: "Too many"
      case .internalError: "Internal error"
      case .typeInvalid: "Invalid value"
      }
    }
  }

  package var kind: Kind
  package var path: FieldPath
  /// The offending value as the message shows it; nil where the kind shows none.
  package var value: String?
  package var detail: String

  package init(kind: Kind, path: FieldPath, value: String?, detail: String) {
    self.kind = kind
    self.path = path
    self.value = value
    self.detail = detail
  }

  /// The message without the field's path: what a Status cause carries.
  package var body: String {
    var text = kind.words
    if let value { text += ": " + value }
    if !detail.isEmpty { text += ": " + detail }
    return text
  }

  package var description: String { "\(path): \(body)" }
}

extension FieldError {
  package static func required(_ path: FieldPath, _ detail: String = "") -> FieldError {
    FieldError(kind: .required, path: path, value: nil, detail: detail)
  }

  package static func invalid(_ path: FieldPath, _ value: JSON?, _ detail: String) -> FieldError {
    FieldError(kind: .invalid, path: path, value: shown(value), detail: detail)
  }

  package static func typeInvalid(
    _ path: FieldPath, _ value: JSON?, _ detail: String
  ) -> FieldError {
    FieldError(kind: .typeInvalid, path: path, value: shown(value), detail: detail)
  }

  package static func duplicate(_ path: FieldPath, _ value: JSON?) -> FieldError {
    FieldError(kind: .duplicate, path: path, value: shown(value), detail: "")
  }

  package static func notFound(_ path: FieldPath, _ value: JSON?) -> FieldError {
    FieldError(kind: .notFound, path: path, value: shown(value), detail: "")
  }

  /// - Parameter supported: the values that would have been accepted, shown sorted.
  package static func notSupported(
    _ path: FieldPath, _ value: JSON?, supported: [String]
  ) -> FieldError {
    let quoted = supported.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
    return FieldError(
      kind: .notSupported, path: path, value: shown(value),
      detail: supported.isEmpty ? "" : "supported values: " + quoted)
  }

  package static func forbidden(_ path: FieldPath, _ detail: String) -> FieldError {
    FieldError(kind: .forbidden, path: path, value: nil, detail: detail)
  }

  package static func tooLong(_ path: FieldPath, maximum: Int) -> FieldError {
    FieldError(
      kind: .tooLong, path: path, value: nil, detail: "may not be more than \(maximum) bytes")
  }

  package static func tooMany(_ path: FieldPath, count: Int, maximum: Int) -> FieldError {
    FieldError(
      kind: .tooMany, path: path, value: String(count),
      detail: "must have at most \(maximum) item\(maximum == 1 ? "" : "s")")
  }

  private static func shown(_ value: JSON?) -> String {
    switch value {
    case nil, .null?: "null"
    case .string(let text)?: JSON.string(text).text
    case let value?: value.text
    }
  }
}

extension APIStatus {
  /// 422 Invalid with one cause for each field.
  package static func invalid(
    _ resource: ResourceType, name: String, _ errors: [FieldError]
  ) -> APIStatus {
    var messages: [String] = []
    for message in errors.map(\.description) where !messages.contains(message) {
      messages.append(message)
    }
    let list = messages.count == 1 ? messages[0] : "[" + messages.joined(separator: ", ") + "]"
    let kind = resource.group.isEmpty ? resource.kind : "\(resource.kind).\(resource.group)"
    return APIStatus(
      code: 422, reason: .invalid, message: "\(kind) \"\(name)\" is invalid: \(list)",
      details: Details(
        name: name, group: resource.group, kind: resource.kind,
        causes: errors.map {
          Cause(reason: $0.kind.rawValue, message: $0.body, field: $0.path.description)
        }))
  }
}
