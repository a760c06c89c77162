import FoundationEssentials

/// Base64 text (RFC 4648 section 4), as values of Secrets and binary values of ConfigMaps are
/// written.
enum Base64 {
  static func encoded(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  /// Nil where the text is not Base64.
  static func decoded(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }

  /// How many bytes the text stands for.
  static func decodedCount(_ text: String) -> Int {
    let digits = text.utf8.lazy.filter { $0 != UInt8(ascii: "=") && $0 > 0x20 }.count
    return digits * 3 / 4
  }
}
