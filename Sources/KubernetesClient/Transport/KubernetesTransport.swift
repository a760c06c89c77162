package import KubernetesAPI

/// What carries requests to an API server: HTTPS, or a call within the process.
package protocol KubernetesTransport: Sendable {
  /// Sends a request and returns once the response's head is there.
  ///
  /// A response of any status is returned, not thrown. Throws `TransportError` when there is no
  /// response, and `CancellationError` when the task is cancelled first.
  func send(_ request: APIRequest) async throws -> APIResponse
}

/// Why there is no response, or no whole one.
package struct TransportError: Error, CustomStringConvertible {
  package struct Code: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Nobody answers at the server's address, or not as a TLS server we trust.
    package static let unreachable = Code(description: "unreachable")
    /// The connection broke before the response was whole.
    package static let interrupted = Code(description: "interrupted")
    /// No response in time.
    package static let timedOut = Code(description: "timed out")
    /// The response is no Kubernetes API response.
    package static let malformedResponse = Code(description: "malformed response")
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
