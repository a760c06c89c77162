/// One request to an API server, whatever carries it: HTTPS, or a call within the process.
public struct APIRequest: Sendable {
  /// `GET`, `POST`, `PUT`, `PATCH`, `DELETE`, …
  public var method: String
  /// Path and query as they stand in the request line, percent-encoded.
  public var target: String
  /// Names in lower case.
  public var headers: [String: String]
  public var body: [UInt8]

  public init(
    method: String, target: String, headers: [String: String] = [:], body: [UInt8] = []
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }
}

/// What an API server answers.
public struct APIResponse: Sendable {
  /// HTTP status code.
  public var status: Int
  /// Names in lower case.
  public var headers: [String: String]
  public var body: Body

  public enum Body: Sendable {
    case bytes([UInt8])
    /// Chunks as they come, until the server ends the response (watches, logs). Ending the
    /// iteration, or cancelling its task, ends the request.
    case stream(AsyncThrowingStream<[UInt8], any Error>)
  }

  public init(status: Int, headers: [String: String] = [:], body: Body) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// Who makes a request (authentication/v1 UserInfo).
public struct UserInfo: Sendable, Hashable {
  public var name: String
  public var groups: [String]
  public var uid: String

  public init(name: String, groups: [String], uid: String = "") {
    self.name = name
    self.groups = groups
    self.uid = uid
  }
}
