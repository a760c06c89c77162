package import KubernetesAPI

extension APIResponse.Body {
  /// Calls back with every chunk as it comes, to the end of the body.
  package func forEachChunk(_ consume: ([UInt8]) throws -> Void) async throws {
    switch self {
    case .bytes(let bytes):
      if !bytes.isEmpty { try consume(bytes) }
    case .stream(let stream):
      for try await chunk in stream { try consume(chunk) }
    }
    // A stream ends quietly, not with an error, when the task reading it is cancelled.
    try Task.checkCancellation()
  }

  /// The whole body.
  package func collect() async throws -> [UInt8] {
    if case .bytes(let bytes) = self { return bytes }
    var collected: [UInt8] = []
    try await forEachChunk { collected += $0 }
    return collected
  }
}
