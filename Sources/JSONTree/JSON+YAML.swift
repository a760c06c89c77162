/// Why a text is no YAML that stands for JSON, in the words of go-yaml: `yaml: line 3: …`.
public struct YAMLParseError: Error, Equatable, CustomStringConvertible {
  public var message: String

  public init(message: String) { self.message = message }

  public var description: String { message }
}

extension JSON {
  /// How many values a YAML text may stand for once its aliases are replaced. A small text can
  /// otherwise grow without bound.
  static let maximumYAMLValues = 1_000_000

  /// Reads a YAML text of one document, `.null` if it is empty, as Kubernetes reads manifests
  /// (sigs.k8s.io/yaml): plain scalars have the types YAML 1.1 gives them (`yes` and `on` are
  /// booleans, `0755` is octal), dates are strings, keys become strings, anchors and merge keys
  /// are resolved.
  public init(yaml: String) throws(YAMLParseError) {
    let documents = try Self.documents(yaml: yaml)
    guard documents.count <= 1 else {
      throw YAMLParseError(message: "yaml: expected a single document")
    }
    self = documents.first ?? .null
  }

  /// Reads the documents of a YAML text. Empty documents are left out, keys that come twice are
  /// refused.
  public static func documents(yaml: String) throws(YAMLParseError) -> [JSON] {
    var notes = JSONParseNotes()
    let documents = try YAMLReader.documents(of: Array(yaml.utf8), notes: &notes)
    if let first = notes.duplicateKeys.first { throw YAMLParseError(message: "yaml: " + first) }
    return documents.filter { !$0.isNull }
  }

  /// Reads the first document of a YAML text in UTF-8, as an API server reads a request, and notes
  /// what a strict reader must know. Where a key comes twice the last one wins.
  public init(yaml bytes: [UInt8], notes: inout JSONParseNotes) throws(YAMLParseError) {
    self = try YAMLReader.documents(of: bytes, limit: 1, notes: &notes).first ?? .null
  }
}
