import JSONTree
import KubernetesAPI
import KubernetesClient

/// The server under measurement. Every connection is a transport of its own.
struct Server: Sendable {
  private let configuration: HTTPTransport.Configuration

  init(kubeconfig: String) throws {
    configuration = try HTTPTransport.Configuration.discover(
      kubeconfig: kubeconfig, environment: [:])
  }

  func connect() throws -> HTTPTransport { try HTTPTransport(configuration) }

  /// Status and whole body of one request.
  static func send(
    _ transport: HTTPTransport, _ method: String, _ target: String, body: [UInt8] = []
  ) async throws -> (status: Int, body: [UInt8]) {
    let request = APIRequest(
      method: method, target: target,
      headers: ["content-type": "application/json", "accept": "application/json"], body: body)
    let response = try await transport.send(request)
    switch response.body {
    case .bytes(let bytes): return (response.status, bytes)
    case .stream(let chunks):
      var bytes: [UInt8] = []
      for try await chunk in chunks { bytes.append(contentsOf: chunk) }
      return (response.status, bytes)
    }
  }
}

/// What a server answered that it should not have.
struct UnexpectedAnswer: Error, CustomStringConvertible {
  var description: String

  init(_ status: Int, _ body: [UInt8]) {
    description =
      "unexpected answer \(status): \(String(decoding: body.prefix(500), as: UTF8.self))"
  }
}
