/// Writes protobuf messages for tests.
enum Wire {
  static func varint(_ number: Int, _ value: Int64) -> [UInt8] {
    bare(UInt64(number << 3)) + bare(UInt64(bitPattern: value))
  }

  static func text(_ number: Int, _ text: String) -> [UInt8] { bytes(number, Array(text.utf8)) }

  static func message(_ number: Int, _ fields: [UInt8]...) -> [UInt8] {
    bytes(number, fields.flatMap(\.self))
  }

  static func bytes(_ number: Int, _ bytes: [UInt8]) -> [UInt8] {
    bare(UInt64(number << 3 | 2)) + bare(UInt64(bytes.count)) + bytes
  }

  static func bare(_ value: UInt64) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    while rest > 0x7F {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// An object as it is sent.
  static func body(_ apiVersion: String, _ kind: String, _ content: [UInt8]) -> [UInt8] {
    Array("k8s\0".utf8) + message(1, text(1, apiVersion), text(2, kind)) + bytes(2, content)
      + text(3, "") + text(4, "")
  }
}
