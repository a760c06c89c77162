import JSONTree
import KubernetesAPI

/// A request for a resource, on its way.
struct ResourceRequest: Sendable {
  var request: APIRequest
  var info: RequestInfo
  var query: Query
  var user: UserInfo
  /// The form the answer is to have.
  var form: AnswerForm
  var warnings: RequestWarnings

  /// - Throws: 415 for a body that cannot be read.
  var bodyFormat: BodyFormat {
    get throws(APIStatus) {
      guard let format = BodyFormat(contentType: request.headers["content-type"] ?? "") else {
        throw .unsupportedMediaType(BodyFormat.mediaTypes)
      }
      return format
    }
  }

  /// The body as an object of a kind, with its defaults.
  func decode(
    _ kind: any KindDefinition, _ options: WriteOptions, _ bodies: BodyDecoder
  ) throws(APIStatus) -> JSON {
    let decoded = try bodies.decode(
      request.body, as: kind, format: try bodyFormat, validation: options.fieldValidation)
    warnings.add(decoded.warnings)
    return decoded.object
  }

  /// What a deletion is asked with: in the body if there is one, else in the query.
  var deleteOptions: DeleteOptions {
    get throws(APIStatus) {
      guard !request.body.isEmpty else { return try DeleteOptions(query) }
      let format = try bodyFormat
      var notes = JSONParseNotes()
      let parsed: ParsedBody
      do {
        parsed = try format.parse(request.body, notes: &notes)
      } catch {
        throw .badRequest(format.introduce(error.message))
      }
      let options: JSON
      do {
        options = try parsed.object(as: .deleteOptions)
      } catch {
        throw .badRequest(error.message)
      }
      return try DeleteOptions(options)
    }
  }
}

extension APIStatus {
  /// 404 where the API has such a group but nothing under that path.
  static let noSuchPath = APIStatus(
    code: 404, reason: .notFound, message: "the server could not find the requested resource",
    details: Details())

  static let methodNotAllowed = APIStatus(
    code: 405, reason: .methodNotAllowed,
    message: "the server does not allow this method on the requested resource",
    details: Details())

  static let bodyTooLarge = APIStatus(
    code: 413, reason: .requestEntityTooLarge,
    message: "Request entity too large: limit is \(ServerLimits.requestBody)")

  static func unsupportedMediaType(_ accepted: [String]) -> APIStatus {
    APIStatus(
      code: 415, reason: .unsupportedMediaType,
      message: "the body of the request was in an unknown format - accepted media types include: "
        + accepted.joined(separator: ", "))
  }
}
