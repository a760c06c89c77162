/// Writes a message in protocol buffers' wire format, as far as a Swagger document needs it:
/// strings, booleans and messages within.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  /// A string that is empty is left out, as protocol buffers version 3 do.
  mutating func string(_ field: Int, _ value: String) {
    guard !value.isEmpty else { return }
    lengthDelimited(field, Array(value.utf8))
  }

  mutating func strings(_ field: Int, _ values: [String]) {
    for value in values { lengthDelimited(field, Array(value.utf8)) }
  }

  mutating func bool(_ field: Int, _ value: Bool) {
    guard value else { return }
    varint(UInt64(field) << 3)
    bytes.append(1)
  }

  /// A message, even if it is empty.
  mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    write(&inner)
    lengthDelimited(field, inner.bytes)
  }

  private mutating func lengthDelimited(_ field: Int, _ value: [UInt8]) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
