public import JSONTree

/// A failure as the API reports it (meta/v1 Status with `status: Failure`).
public struct APIStatus: Error, Sendable, Equatable, CustomStringConvertible {
  /// Machine-readable reason (meta/v1 StatusReason).
  public struct Reason: RawRepresentable, Sendable, Hashable {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let unknown = Reason(rawValue: "")
    public static let badRequest = Reason(rawValue: "BadRequest")
    public static let unauthorized = Reason(rawValue: "Unauthorized")
    public static let forbidden = Reason(rawValue: "Forbidden")
    public static let notFound = Reason(rawValue: "NotFound")
    public static let methodNotAllowed = Reason(rawValue: "MethodNotAllowed")
    public static let notAcceptable = Reason(rawValue: "NotAcceptable")
    public static let alreadyExists = Reason(rawValue: "AlreadyExists")
    public static let conflict = Reason(rawValue: "Conflict")
    public static let gone = Reason(rawValue: "Gone")
    public static let expired = Reason(rawValue: "Expired")
    public static let requestEntityTooLarge = Reason(rawValue: "RequestEntityTooLarge")
    public static let unsupportedMediaType = Reason(rawValue: "UnsupportedMediaType")
    public static let invalid = Reason(rawValue: "Invalid")
    public static let tooManyRequests = Reason(rawValue: "TooManyRequests")
    public static let internalError = Reason(rawValue: "InternalError")
    public static let serviceUnavailable = Reason(rawValue: "ServiceUnavailable")
    public static let timeout = Reason(rawValue: "Timeout")
    public static let serverTimeout = Reason(rawValue: "ServerTimeout")
  }

  /// One of several causes, usually one field (meta/v1 StatusCause).
  public struct Cause: Sendable, Equatable {
    public var reason: String
    public var message: String
    public var field: String

    public init(reason: String, message: String, field: String) {
      self.reason = reason
      self.message = message
      self.field = field
    }
  }

  /// What the failure is about (meta/v1 StatusDetails).
  public struct Details: Sendable, Equatable {
    public var name: String
    public var group: String
    public var kind: String
    public var uid: String
    public var causes: [Cause]
    public var retryAfterSeconds: Int

    public init(
      name: String = "", group: String = "", kind: String = "", uid: String = "",
      causes: [Cause] = [], retryAfterSeconds: Int = 0
    ) {
      self.name = name
      self.group = group
      self.kind = kind
      self.uid = uid
      self.causes = causes
      self.retryAfterSeconds = retryAfterSeconds
    }
  }

  /// HTTP status code.
  public var code: Int
  public var reason: Reason
  public var message: String
  public var details: Details?
  /// Where a list whose state is gone can go on, without consistency (`metadata.continue`).
  public var continueToken = ""

  public init(code: Int, reason: Reason, message: String, details: Details? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    self.details = details
  }

  /// Reads a Status from a response body; nil if it is something else.
  public init?(json: JSON) {
    guard json["kind"]?.string == "Status" else { return nil }
    code = Int(json["code"]?.integer ?? 0)
    reason = Reason(rawValue: json["reason"]?.string ?? "")
    message = json["message"]?.string ?? ""
    details = json["details"].map(Details.init(json:))
    continueToken = json[path: "metadata", "continue"]?.string ?? ""
  }

  public var json: JSON {
    var object: JSONObject = [
      "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
      "message": .string(message), "code": .integer(Int64(code)),
    ]
    object["reason"] = JSON(nonEmpty: reason.rawValue)
    object["details"] = details?.json
    if !continueToken.isEmpty { object["metadata"] = ["continue": .string(continueToken)] }
    return .object(object)
  }

  public var description: String { message }
}

extension APIStatus.Details {
  init(json: JSON) {
    self.init(
      name: json["name"]?.string ?? "", group: json["group"]?.string ?? "",
      kind: json["kind"]?.string ?? "", uid: json["uid"]?.string ?? "",
      causes: json["causes"]?.array?.map { cause in
        APIStatus.Cause(
          reason: cause["reason"]?.string ?? "", message: cause["message"]?.string ?? "",
          field: cause["field"]?.string ?? "")
      } ?? [],
      retryAfterSeconds: Int(json["retryAfterSeconds"]?.integer ?? 0))
  }

  var json: JSON {
    var object = JSONObject()
    object["name"] = JSON(nonEmpty: name)
    object["group"] = JSON(nonEmpty: group)
    object["kind"] = JSON(nonEmpty: kind)
    object["uid"] = JSON(nonEmpty: uid)
    if !causes.isEmpty {
      object["causes"] = .array(
        causes.map { cause in
          var object = JSONObject()
          object["reason"] = JSON(nonEmpty: cause.reason)
          object["message"] = JSON(nonEmpty: cause.message)
          object["field"] = JSON(nonEmpty: cause.field)
          return .object(object)
        })
    }
    if retryAfterSeconds > 0 {
      object["retryAfterSeconds"] = .integer(Int64(retryAfterSeconds))
    }
    return .object(object)
  }
}

// MARK: - The failures Kubernetes words the same way everywhere

extension APIStatus {
  public static func notFound(_ resource: ResourceType, name: String) -> APIStatus {
    APIStatus(
      code: 404, reason: .notFound, message: "\(resource.qualifiedPlural) \"\(name)\" not found",
      details: Details(name: name, group: resource.group, kind: resource.plural))
  }

  public static func alreadyExists(_ resource: ResourceType, name: String) -> APIStatus {
    APIStatus(
      code: 409, reason: .alreadyExists,
      message: "\(resource.qualifiedPlural) \"\(name)\" already exists",
      details: Details(name: name, group: resource.group, kind: resource.plural))
  }

  public static func conflict(
    _ resource: ResourceType, name: String, _ problem: String
  ) -> APIStatus {
    APIStatus(
      code: 409, reason: .conflict,
      message:
        "Operation cannot be fulfilled on \(resource.qualifiedPlural) \"\(name)\": \(problem)",
      details: Details(name: name, group: resource.group, kind: resource.plural))
  }

  public static func badRequest(_ message: String) -> APIStatus {
    APIStatus(code: 400, reason: .badRequest, message: message)
  }

  public static func internalError(_ message: String) -> APIStatus {
    APIStatus(
      code: 500, reason: .internalError, message: "Internal error occurred: \(message)",
      details: Details(causes: [Cause(reason: "", message: message, field: "")]))
  }
}
