/// Rules for single values of text or number. Each returns what is wrong with the value, in the
/// words Kubernetes uses (apimachinery util/validation), and nothing where the value is fine.
package enum Format {
  /// A rule for text.
  package typealias Rule = @Sendable (String) -> [String]

  static let mustNotBeEmpty = "must be non-empty"

  /// "… (e.g. 'a',  or 'b', regex used for validation is '…')", with Kubernetes' own commas.
  static func pattern(_ message: String, _ expression: String, examples: String...) -> String {
    let list = examples.map { "'\($0)', " }.joined(separator: " or ")
    return examples.isEmpty
      ? "\(message) (regex used for validation is '\(expression)')"
      : "\(message) (e.g. \(list)regex used for validation is '\(expression)')"
  }

  static func tooManyCharacters(_ maximum: Int) -> String {
    "must be no more than \(maximum) characters"
  }

  static func tooManyBytes(_ maximum: Int) -> String { "must be no more than \(maximum) bytes" }

  package static func range(_ value: Int64, _ allowed: ClosedRange<Int64>) -> [String] {
    allowed.contains(value)
      ? [] : ["must be between \(allowed.lowerBound) and \(allowed.upperBound), inclusive"]
  }
}

/// Classes of ASCII characters, as bytes.
extension UInt8 {
  var isLowercaseLetter: Bool { (0x61...0x7A).contains(self) }
  var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
  var isDigit: Bool { (0x30...0x39).contains(self) }
  var isAlphanumeric: Bool { isDigit || isLetter }
  var isLowercaseAlphanumeric: Bool { isDigit || isLowercaseLetter }
  var isHyphen: Bool { self == 0x2D }
  var isUnderscore: Bool { self == 0x5F }
  var isDot: Bool { self == 0x2E }
}

extension BidirectionalCollection<UInt8> {
  /// Not empty, the first and last bytes in one class and those between in another.
  func isFramed(by edge: (UInt8) -> Bool, inside: (UInt8) -> Bool) -> Bool {
    guard let first, let last, edge(first), edge(last) else { return false }
    return allSatisfy(inside)
  }
}
