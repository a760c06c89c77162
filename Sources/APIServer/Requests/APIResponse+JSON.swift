import JSONTree
import KubernetesAPI

extension APIResponse {
  /// A response in JSON that is not to be cached.
  static func json(
    _ status: Int, _ bytes: [UInt8], warnings: [String] = []
  ) -> APIResponse {
    APIResponse(status: status, headers: jsonHeaders(warnings), body: .bytes(bytes))
  }

  static func json(_ status: Int, _ value: JSON, warnings: [String] = []) -> APIResponse {
    json(status, value.encoded(), warnings: warnings)
  }

  static func text(_ status: Int, _ text: String) -> APIResponse {
    APIResponse(
      status: status, headers: ["content-type": "text/plain; charset=utf-8"],
      body: .bytes(Array(text.utf8)))
  }

  /// A failure as the API reports it.
  static func failure(
    _ status: APIStatus, _ form: AnswerForm = AnswerForm(format: .json), warnings: [String] = []
  ) -> APIResponse {
    var response = encoded(status.code, status.json.encoded(), form, warnings: warnings)
    if let seconds = status.details?.retryAfterSeconds, seconds > 0 {
      response.headers["retry-after"] = String(seconds)
    }
    return response
  }

  static func jsonHeaders(_ warnings: [String]) -> [String: String] {
    var headers = ["content-type": "application/json", "cache-control": "no-cache, private"]
    if !warnings.isEmpty {
      // 299 is a persistent warning that may say anything; the agent is not named (RFC 7234).
      headers["warning"] = warnings.map { "299 - " + quotedString($0) }.joined(separator: ", ")
    }
    return headers
  }

  /// A quoted-string of HTTP (RFC 9110 section 5.6.4); what cannot stand in one becomes a space.
  private static func quotedString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result += "\\" }
      let isControl = scalar.value < 0x20 || scalar.value == 0x7F
      result.unicodeScalars.append(isControl ? " " : scalar)
    }
    return result + "\""
  }
}
