import JSONTree

/// The notations a request body may be in.
package enum BodyFormat: Sendable, Equatable {
  case json
  case yaml
  /// Kubernetes' own, for the types that have it: `ProtobufEnvelope`.
  case protobuf

  /// In the order in which a kube-apiserver lists them.
  package static let mediaTypes = [
    "application/json", "application/yaml", "application/vnd.kubernetes.protobuf",
  ]

  /// - Returns: nil for a media type that is not read.
  /// - Parameter contentType: as in the header; empty means JSON.
  package init?(contentType: String) {
    let type = contentType.utf8.prefix { $0 != UInt8(ascii: ";") }
      .filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
    switch String(decoding: type, as: UTF8.self).lowercased() {
    case "", "application/json": self = .json
    case "application/yaml": self = .yaml
    case "application/vnd.kubernetes.protobuf": self = .protobuf
    default: return nil
    }
  }

  func parse(_ body: [UInt8], notes: inout JSONParseNotes) throws(JSONParseError) -> ParsedBody {
    switch self {
    case .json: return .value(try JSON(parsing: body, notes: &notes))
    case .yaml:
      do {
        return .value(try JSON(yaml: body, notes: &notes))
      } catch {
        throw JSONParseError(message: error.message, offset: 0)
      }
    case .protobuf:
      do {
        return .message(try ProtobufEnvelope(body))
      } catch {
        throw JSONParseError(message: error.message, offset: 0)
      }
    }
  }

  /// How Kubernetes introduces what its parser for this notation complains of.
  func introduce(_ message: String) -> String {
    switch self {
    case .json: "couldn't get version/kind; json parse error: \(message)"
    case .yaml, .protobuf: message
    }
  }
}

/// A body as far as it can be read without knowing what type it should be of.
enum ParsedBody: Sendable {
  case value(JSON)
  /// Its content can be read with its type's schema only.
  case message(ProtobufEnvelope)

  /// Where `apiVersion` and `kind` stand.
  var typed: JSON {
    switch self {
    case .value(let value): value
    case .message(let envelope):
      ["apiVersion": .string(envelope.apiVersion), "kind": .string(envelope.kind)]
    }
  }

  /// The whole object, read as an object of this type but not yet checked against it.
  func object(as schema: ObjectSchema) throws(ProtobufError) -> JSON {
    switch self {
    case .value(let value): value
    case .message(let envelope): try ProtobufDecoder.decode(envelope, as: schema)
    }
  }
}
