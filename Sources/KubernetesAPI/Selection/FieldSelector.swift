/// A condition on fields of an object, as the query parameter `fieldSelector` writes it:
/// `spec.nodeName=a,metadata.name!=b`.
public struct FieldSelector: Sendable, Hashable {
  public struct Requirement: Sendable, Hashable {
    public var field: String
    public var value: String
    /// Whether the field must have the value, or must not.
    public var isEqual: Bool

    public init(field: String, value: String, isEqual: Bool = true) {
      self.field = field
      self.value = value
      self.isEqual = isEqual
    }
  }

  /// All must hold.
  public var requirements: [Requirement]

  public init(_ requirements: [Requirement] = []) { self.requirements = requirements }

  /// Reads a query's text. In values a backslash escapes `\`, `,` and `=`. Terms without a field
  /// and a value, and empty ones, are left out.
  ///
  /// - Throws: 400 BadRequest in Kubernetes' words.
  public init(query: String) throws(APIStatus) {
    requirements = []
    for term in Self.terms(of: query).sorted() where !term.isEmpty {
      guard let (field, isEqual, value) = Self.split(term) else {
        throw .badRequest("invalid selector: '\(query)'; can't understand '\(term)'")
      }
      let requirement = Requirement(
        field: field, value: try Self.unescaped(value), isEqual: isEqual)
      if requirement.field.isEmpty, requirement.value.isEmpty { continue }
      requirements.append(requirement)
    }
  }

  public var isEmpty: Bool { requirements.isEmpty }

  /// Checks that only these fields are used.
  ///
  /// - Throws: 400 BadRequest naming the first field that is not among them.
  public func require(onlyFields supported: [String]) throws(APIStatus) {
    for requirement in requirements where !supported.contains(requirement.field) {
      throw .badRequest("field label not supported: \(requirement.field)")
    }
  }

  /// - Parameter value: gives the value of a field, empty where it is absent.
  public func matches(_ value: (String) -> String) -> Bool {
    requirements.allSatisfy { (value($0.field) == $0.value) == $0.isEqual }
  }

  // MARK: Reading

  /// Cuts at commas that are not escaped.
  private static func terms(of query: String) -> [String] {
    var terms: [String] = [""]
    var isEscaped = false
    for character in query.unicodeScalars {
      if character == ",", !isEscaped {
        terms.append("")
      } else {
        terms[terms.count - 1].unicodeScalars.append(character)
      }
      isEscaped = character == "\\" && !isEscaped
    }
    return terms
  }

  /// Cuts at the first operator.
  private static func split(_ term: String) -> (String, Bool, String)? {
    let bytes = Array(term.utf8)
    func text(_ range: some RangeExpression<Int>) -> String {
      String(decoding: bytes[range], as: UTF8.self)
    }
    for index in bytes.indices {
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0
      switch (bytes[index], next) {
      case (UInt8(ascii: "!"), UInt8(ascii: "=")):
        return (text(..<index), false, text((index + 2)...))
      case (UInt8(ascii: "="), UInt8(ascii: "=")):
        return (text(..<index), true, text((index + 2)...))
      case (UInt8(ascii: "="), _):
        return (text(..<index), true, text((index + 1)...))
      default: continue
      }
    }
    return nil
  }

  private static func unescaped(_ value: String) throws(APIStatus) -> String {
    var result = ""
    var isEscaped = false
    for character in value.unicodeScalars {
      switch (character, isEscaped) {
      case ("\\", false):
        isEscaped = true
        continue
      case (",", false), ("=", false):
        throw .badRequest(
          "invalid field selector: unescaped character in value: \(character.value)")
      case ("\\", true), (",", true), ("=", true), (_, false):
        result.unicodeScalars.append(character)
      default:
        throw .badRequest("invalid field selector: invalid escape sequence: \\\(character)")
      }
      isEscaped = false
    }
    if isEscaped { throw .badRequest("invalid field selector: invalid escape sequence: \\") }
    return result
  }
}
