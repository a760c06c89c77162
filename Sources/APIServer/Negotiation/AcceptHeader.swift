package import JSONTree
package import KubernetesAPI

/// The `Accept` header of a request (RFC 9110 section 12.5.1): media types in order of preference,
/// with the parameters by which Kubernetes' clients ask for another form of the answer.
package struct AcceptHeader: Sendable, Equatable {
  package struct Clause: Sendable, Equatable {
    /// `application`, `*`.
    package var type: String
    /// `json`, `*`.
    package var subtype: String
    /// 0 to 1.
    package var quality: Double
    /// Names in lower case.
    package var parameters: [String: String]

    fileprivate func covers(_ format: AnswerFormat) -> Bool {
      switch (type, subtype) {
      case ("*", "*"), ("application", "*"): true
      case ("application", let subtype): subtype == format.subtype
      default: false
      }
    }
  }

  /// The most preferred first; equally preferred ones as they came, wildcards last.
  package let clauses: [Clause]

  /// Clauses that cannot be read are left out.
  package init(_ header: String) {
    let clauses = header.utf8.split(separator: UInt8(ascii: ",")).compactMap {
      Clause(String(Substring($0)))
    }
    self.clauses = clauses.enumerated().sorted { left, right in
      (-left.element.quality, left.element.wildcards, left.offset)
        < (-right.element.quality, right.element.wildcards, right.offset)
    }.map(\.element)
    isEmpty = header.isEmpty
  }

  init(_ clauses: [Clause]) {
    self.clauses = clauses
    isEmpty = false
  }

  /// Whether there was no header, which accepts anything.
  package let isEmpty: Bool

  /// Chooses the form of an answer about objects.
  ///
  /// - Parameter transforms: the forms this endpoint can bring an object or a list to.
  /// - Throws: 406 NotAcceptable.
  package func negotiate(
    transforms: Set<ObjectTransform.Kind> = Set(ObjectTransform.Kind.allCases)
  ) throws(APIStatus) -> AnswerForm {
    if isEmpty { return AnswerForm(format: .json) }
    for clause in clauses {
      for format in AnswerFormat.allCases where clause.covers(format) {
        if let form = clause.form(format, transforms) { return form }
      }
    }
    throw .notAcceptable(Self.acceptedTypes)
  }

  static var acceptedTypes: [String] { AnswerFormat.allCases.map(\.contentType) }
}

/// How an answer is written.
package enum AnswerFormat: Sendable, Equatable, CaseIterable {
  case json
  case yaml

  fileprivate var subtype: String { self == .json ? "json" : "yaml" }
  package var contentType: String { "application/" + subtype }
}

/// What is made of an object before it is shown.
package struct ObjectTransform: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case table = "Table"
    case partialObject = "PartialObjectMetadata"
    case partialList = "PartialObjectMetadataList"
  }

  package var kind: Kind
  /// Of the group `meta.k8s.io`: `v1` or `v1beta1`.
  package var version: String

  package init(_ kind: Kind, version: String = "v1") {
    self.kind = kind
    self.version = version
  }

  package var apiVersion: String { "meta.k8s.io/\(version)" }
}

/// The form of an answer that client and server agreed on.
package struct AnswerForm: Sendable, Equatable {
  package var format: AnswerFormat
  /// Nil for the object as it is.
  package var transform: ObjectTransform?
  /// With line breaks and indents (`pretty=1`).
  package var isPretty: Bool

  package init(format: AnswerFormat, transform: ObjectTransform? = nil, isPretty: Bool = false) {
    self.format = format
    self.transform = transform
    self.isPretty = isPretty
  }

  package func encode(_ value: JSON) -> [UInt8] {
    switch format {
    case .json: isPretty ? value.prettyEncoded() : value.encoded()
    case .yaml: Array(value.yaml.utf8)
    }
  }
}

extension AcceptHeader.Clause {
  fileprivate var wildcards: Int { (type == "*" ? 1 : 0) + (subtype == "*" ? 1 : 0) }

  fileprivate init?(_ text: String) {
    var parts = text.split(separator: ";", omittingEmptySubsequences: false)
      .map { $0.trimmed }[...]
    let range = parts.popFirst() ?? ""
    let names = range.split(separator: "/", omittingEmptySubsequences: false).map(\.trimmed)
    switch names.count {
    case 1 where names[0] == "*": (type, subtype) = ("*", "*")
    case 2: (type, subtype) = (names[0], names[1])
    default: return nil
    }
    quality = 1
    parameters = [:]
    for part in parts {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map(\.trimmed)
      guard pair.count == 2 else { continue }
      if pair[0] == "q" {
        quality = Double(pair[1]).map { min(max($0, 0), 1) } ?? 1
      } else {
        parameters[pair[0].lowercased()] = pair[1]
      }
    }
  }

  /// Nil where the clause asks for what the endpoint does not offer.
  fileprivate func form(
    _ format: AnswerFormat, _ transforms: Set<ObjectTransform.Kind>
  ) -> AnswerForm? {
    if let stream = parameters["stream"], !stream.isEmpty, stream != "watch" { return nil }
    var form = AnswerForm(format: format, isPretty: parameters["pretty"] == "1")
    let asked = (parameters["as"], parameters["g"], parameters["v"])
    if asked.0 == nil, asked.1 == nil, asked.2 == nil { return form }
    guard let kind = ObjectTransform.Kind(rawValue: asked.0 ?? ""), transforms.contains(kind),
      asked.1 == "meta.k8s.io", let version = asked.2, version == "v1" || version == "v1beta1"
    else { return nil }
    form.transform = ObjectTransform(kind, version: version)
    return form
  }
}

extension Substring {
  /// Without optional white space (RFC 9110 section 5.6.3) at its ends.
  fileprivate var trimmed: String {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    let bytes = utf8
    guard let first = bytes.firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(self[first...last])
  }
}

extension APIStatus {
  /// 406 to a client that accepts none of the media types there are.
  package static func notAcceptable(_ accepted: [String]) -> APIStatus {
    APIStatus(
      code: 406, reason: .notAcceptable,
      message: "only the following media types are accepted: "
        + accepted.joined(separator: ", "))
  }
}
