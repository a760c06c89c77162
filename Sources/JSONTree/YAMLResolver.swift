/// The types of scalars as go-yaml version 2 resolves them (YAML 1.1).
enum YAMLResolver {
  /// - Parameter tag: written before the scalar, as a whole name (`tag:yaml.org,2002:str`).
  /// - Returns: nil for what JSON has no value for (infinities, binary).
  static func value(_ text: String, tag: String?, isPlain: Bool) -> JSON? {
    switch tag {
    case "tag:yaml.org,2002:str", "!": return .string(text)
    case "tag:yaml.org,2002:binary": return nil
    case "tag:yaml.org,2002:float":
      guard let value = resolved(text) else { return nil }
      if case .integer(let number) = value { return .number(Double(number)) }
      return value
    case nil where !isPlain: return .string(text)
    default: return resolved(text)
    }
  }

  /// Whether a plain scalar would read back as something else than this string.
  static func isAmbiguous(_ text: String) -> Bool {
    guard case .string? = resolved(text) else { return true }
    return text == "<<" || text == "=" || isTimestamp(text)
  }

  private static func resolved(_ text: String) -> JSON? {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
      return true
    case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
      return false
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan",
      ".NaN", ".NAN":
      return nil
    default: return number(text) ?? .string(text)
    }
  }

  // MARK: Numbers

  private static func number(_ text: String) -> JSON? {
    guard let first = text.utf8.first, isDigit(first) || "+-.".utf8.contains(first) else {
      return nil
    }
    let plain = first == UInt8(ascii: ".") ? text : text.filter { $0 != "_" }
    if let integer = integer(plain) { return .integer(integer) }
    guard isFraction(plain), let value = Double(plain), value.isFinite else { return nil }
    // Whole numbers lose their point on the way through JSON.
    if value == value.rounded(), abs(value) < 9e15 { return .integer(Int64(value)) }
    return .number(value)
  }

  /// Decimal, `0x`, `0b`, `0o`, and octal with a leading zero.
  private static func integer(_ text: String) -> Int64? {
    var digits = text[...]
    var sign = ""
    if let first = digits.first, first == "-" || first == "+" {
      if first == "-" { sign = "-" }
      digits = digits.dropFirst()
    }
    guard let first = digits.utf8.first, isDigit(first) else { return nil }
    if first != UInt8(ascii: "0") || digits.utf8.count == 1 { return Int64(sign + digits) }
    let (radix, rest): (Int, Substring) =
      switch digits.dropFirst().first {
      case "x", "X": (16, digits.dropFirst(2))
      case "b", "B": (2, digits.dropFirst(2))
      case "o", "O": (8, digits.dropFirst(2))
      default: (8, digits.dropFirst())
      }
    guard let first = rest.first, first != "-", first != "+" else { return nil }
    return Int64(sign + rest, radix: radix)
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
  private static func isFraction(_ text: String) -> Bool {
    var bytes = text.utf8[...]
    func digits() -> Int {
      let count = bytes.prefix(while: isDigit).count
      bytes = bytes.dropFirst(count)
      return count
    }
    if let first = bytes.first, "+-".utf8.contains(first) { bytes = bytes.dropFirst() }
    let whole = digits()
    if bytes.first == UInt8(ascii: ".") {
      bytes = bytes.dropFirst()
      if digits() == 0, whole == 0 { return false }
    } else if whole == 0 {
      return false
    }
    if let first = bytes.first, first | 0x20 == UInt8(ascii: "e") {
      bytes = bytes.dropFirst()
      if let sign = bytes.first, "+-".utf8.contains(sign) { bytes = bytes.dropFirst() }
      if digits() == 0 { return false }
    }
    return bytes.isEmpty
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Begins like a date. Such scalars read as strings here, but not everywhere.
  private static func isTimestamp(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 8, bytes[..<4].allSatisfy(isDigit), bytes[4] == UInt8(ascii: "-") else {
      return false
    }
    return isDigit(bytes[5])
  }
}
