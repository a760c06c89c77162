import JSONTree

/// A Swagger document as a protocol buffers message (gnostic `openapi.v2.Document`), the form in
/// which kubectl asks for it. The numbers are the fields' in gnostic's `OpenAPIv2.proto`.
enum SwaggerProtobuf {
  static func encode(_ document: JSON) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.string(1, document["swagger"])
    writer.message(2) {
      $0.string(1, document[path: "info", "title"])
      $0.string(2, document[path: "info", "version"])
    }
    writer.message(8) { writer in
      for member in document["paths"]?.object ?? [:] {
        writer.named(2, member.key) { $0.pathItem(member.value) }
      }
    }
    writer.message(9) { writer in
      for member in document["definitions"]?.object ?? [:] {
        writer.named(1, member.key) { $0.schema(member.value) }
      }
    }
    for requirement in document["security"]?.array ?? [] {
      writer.message(12) { writer in
        for member in requirement.object ?? [:] {
          writer.named(1, member.key) { $0.strings(1, member.value.stringElements) }
        }
      }
    }
    writer.message(13) { writer in
      for member in document["securityDefinitions"]?.object ?? [:] {
        writer.named(1, member.key) { writer in
          writer.message(2) {
            $0.string(1, member.value["type"])
            $0.string(2, member.value["name"])
            $0.string(3, member.value["in"])
            $0.string(4, member.value["description"])
          }
        }
      }
    }
    return writer.bytes
  }
}

extension ProtobufWriter {
  fileprivate mutating func string(_ field: Int, _ value: JSON?) {
    string(field, value?.string ?? "")
  }

  fileprivate mutating func bool(_ field: Int, _ value: JSON?) { bool(field, value?.bool ?? false) }

  /// A pair of a name (1) and a message (2).
  fileprivate mutating func named(
    _ field: Int, _ name: String, _ write: (inout ProtobufWriter) -> Void
  ) {
    message(field) {
      $0.string(1, name)
      $0.message(2, write)
    }
  }

  /// Any value, as YAML.
  fileprivate mutating func any(_ field: Int, _ value: JSON) {
    message(field) { $0.string(2, value.yaml) }
  }

  /// Members whose names begin with `x-`.
  fileprivate mutating func extensions(_ field: Int, of value: JSON) {
    for member in value.object ?? [:] where member.key.hasPrefix("x-") {
      message(field) {
        $0.string(1, member.key)
        $0.any(2, member.value)
      }
    }
  }

  // MARK: Paths

  fileprivate mutating func pathItem(_ item: JSON) {
    for (field, method) in [(2, "get"), (3, "put"), (4, "post"), (5, "delete"), (8, "patch")] {
      guard let operation = item[method] else { continue }
      message(field) { $0.operation(operation) }
    }
    for parameter in item["parameters"]?.array ?? [] {
      message(9) { $0.message(1) { $0.parameter(parameter) } }
    }
    extensions(10, of: item)
  }

  private mutating func operation(_ operation: JSON) {
    strings(1, operation["tags"].stringElements)
    string(3, operation["description"])
    string(5, operation["operationId"])
    strings(6, operation["produces"].stringElements)
    strings(7, operation["consumes"].stringElements)
    for parameter in operation["parameters"]?.array ?? [] {
      message(8) { $0.message(1) { $0.parameter(parameter) } }
    }
    message(9) { writer in
      for member in operation["responses"]?.object ?? [:] {
        writer.named(1, member.key) { writer in
          writer.message(1) { writer in
            writer.string(1, member.value["description"])
            guard let schema = member.value["schema"] else { return }
            writer.message(2) { $0.message(1) { $0.schema(schema) } }
          }
        }
      }
    }
    strings(10, operation["schemes"].stringElements)
    extensions(13, of: operation)
  }

  private mutating func parameter(_ parameter: JSON) {
    switch parameter["in"]?.string {
    case "body":
      message(1) { writer in
        writer.string(2, parameter["name"])
        writer.string(3, parameter["in"])
        writer.bool(4, parameter["required"])
        guard let schema = parameter["schema"] else { return }
        writer.message(5) { $0.schema(schema) }
      }
    case "path": message(2) { $0.message(4) { $0.nonBody(parameter, type: 5, uniqueItems: 19) } }
    default: message(2) { $0.message(3) { $0.nonBody(parameter, type: 6, uniqueItems: 20) } }
    }
  }

  private mutating func nonBody(_ parameter: JSON, type: Int, uniqueItems: Int) {
    bool(1, parameter["required"])
    string(2, parameter["in"])
    string(3, parameter["description"])
    string(4, parameter["name"])
    string(type, parameter["type"])
    bool(uniqueItems, parameter["uniqueItems"])
  }

  // MARK: Schemas

  fileprivate mutating func schema(_ schema: JSON) {
    string(1, schema["$ref"])
    string(2, schema["format"])
    string(4, schema["description"])
    strings(19, schema["required"].stringElements)
    for value in schema["enum"]?.array ?? [] { any(20, value) }
    if let inner = schema["additionalProperties"] {
      message(21) { $0.message(1) { $0.schema(inner) } }
    }
    if let type = schema["type"]?.string { message(22) { $0.strings(1, [type]) } }
    if let items = schema["items"] { message(23) { $0.message(1) { $0.schema(items) } } }
    if let properties = schema["properties"]?.object {
      message(25) { writer in
        for member in properties { writer.named(1, member.key) { $0.schema(member.value) } }
      }
    }
    extensions(31, of: schema)
  }
}

extension JSON {
  fileprivate var stringElements: [String] { array?.compactMap(\.string) ?? [] }
}

extension JSON? {
  fileprivate var stringElements: [String] { self?.stringElements ?? [] }
}
