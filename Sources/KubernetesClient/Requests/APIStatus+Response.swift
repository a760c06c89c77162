import JSONTree
import KubernetesAPI

extension APIStatus {
  /// The failure a response reports, in its own words if its body is a Status, and in client-go's
  /// words for the code otherwise.
  init(response: APIResponse, body: [UInt8], request: APIRequest) {
    if let json = try? JSON(parsing: body), var status = APIStatus(json: json) {
      if status.code == 0 { status.code = response.status }
      self = status
      return
    }
    let (reason, message) = Self.wording(code: response.status, method: request.method)
    self.init(code: response.status, reason: reason, message: message)
    let text = String(decoding: body.prefix(2048), as: UTF8.self)
    if !text.isEmpty {
      details = Details(causes: [
        Cause(reason: "UnexpectedServerResponse", message: text, field: "")
      ])
    }
  }

  private static func wording(code: Int, method: String) -> (Reason, String) {
    switch code {
    case 400: (.badRequest, "the server rejected our request for an unknown reason")
    case 401: (.unauthorized, "the server has asked for the client to provide credentials")
    case 403: (.forbidden, "the server does not allow access to the requested resource")
    case 404: (.notFound, "the server could not find the requested resource")
    case 405:
      (.methodNotAllowed, "the server does not allow this method on the requested resource")
    case 406: (.notAcceptable, "the server was unable to respond with a content type we support")
    case 409:
      (method == "POST" ? .alreadyExists : .conflict, "the server reported a conflict")
    case 410: (.gone, "the server no longer has the requested resource")
    case 415:
      (.unsupportedMediaType, "the server was unable to understand the body of our request")
    case 422:
      (.invalid, "the server rejected our request due to an error in our request")
    case 429:
      (
        .tooManyRequests,
        "the server has received too many requests and has asked us to try again later"
      )
    case 503: (.serviceUnavailable, "the server is currently unable to handle the request")
    case 504:
      (
        .timeout,
        "the server was unable to return a response in the time allotted, but may still be "
          + "processing the request"
      )
    case 500...:
      (.internalError, "an error on the server has prevented the request from succeeding")
    default: (.unknown, "the server responded with the status code \(code)")
    }
  }

  /// Whether a watch or list must start over, because the state it continues from is forgotten.
  package var isExpired: Bool { code == 410 || reason == .expired || reason == .gone }

  /// Whether the server has not seen that resourceVersion, and may never.
  package var isTooLargeResourceVersion: Bool {
    details?.causes.contains { $0.reason == "ResourceVersionTooLarge" } ?? false
      || (code == 504 && message.hasPrefix("Too large resource version"))
  }

  package var isNotFound: Bool { code == 404 }
  /// Someone else changed the object meanwhile.
  package var isConflict: Bool { code == 409 && reason == .conflict }
  package var isAlreadyExists: Bool { code == 409 && reason == .alreadyExists }
}
