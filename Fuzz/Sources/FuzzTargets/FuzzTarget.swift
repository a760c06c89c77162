/// Something that reads bytes from outside, with what must hold for any bytes.
///
/// Targets are compiled like everything else; the fuzzer runs them on bytes it invents, a unit test
/// on those of the committed corpus.
package enum FuzzTarget: String, CaseIterable, Sendable {
  /// ``MessageTarget``
  case message
  /// ``PipelineTarget``
  case pipeline
  /// ``JSONTarget``
  case json
  /// ``StreamTarget``
  case stream
  /// ``RewriteTarget``
  case rewrite
  /// ``SPDYTarget``
  case spdy

  /// A checker that remembers nothing from one input to the next that could change an outcome.
  package func makeChecker() -> any InputChecker {
    switch self {
    case .message: MessageTarget()
    case .pipeline: PipelineTarget()
    case .json: JSONTarget()
    case .stream: StreamTarget()
    case .rewrite: RewriteTarget()
    case .spdy: SPDYTarget()
    }
  }
}

package protocol InputChecker: AnyObject {
  /// Gives the bytes to the reader.
  ///
  /// - Throws: ``BrokenPromise``. What traps or hangs is for the fuzzer to see.
  func check(_ input: [UInt8]) throws
}

/// What should hold for every input, and does not for this.
package struct BrokenPromise: Error, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }

  static func unless(_ holds: Bool, _ promise: @autoclosure () -> String) throws(BrokenPromise) {
    if !holds { throw BrokenPromise(promise()) }
  }
}
