import JSONTree

/// The notations a request body may be in.
package enum BodyFormat: Sendable, Equatable {
  case json
  case yaml

  /// - Returns: nil for a media type that is not read.
  /// - Parameter contentType: as in the header; empty means JSON.
  package init?(contentType: String) {
    let type = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    switch type {
    case "", "application/json": self = .json
    case "application/yaml": self = .yaml
    default: return nil
    }
  }

  func parse(_ body: [UInt8], notes: inout JSONParseNotes) throws(JSONParseError) -> JSON {
    switch self {
    case .json: return try JSON(parsing: body, notes: &notes)
    case .yaml:
      do {
        return try JSON(yaml: body, notes: &notes)
      } catch {
        throw JSONParseError(message: error.message, offset: 0)
      }
    }
  }

  /// How Kubernetes introduces what its parser for this notation complains of.
  func introduce(_ message: String) -> String {
    switch self {
    case .json: "couldn't get version/kind; json parse error: \(message)"
    case .yaml: message
    }
  }
}
