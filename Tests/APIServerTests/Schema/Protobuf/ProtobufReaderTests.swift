import Testing

@testable import APIServer

@Suite struct ProtobufReaderTests {
  private func fields(_ bytes: [UInt8]) throws(ProtobufError) -> [ProtobufReader.Field] {
    var reader = ProtobufReader(bytes[...], name: "Sample")
    var fields: [ProtobufReader.Field] = []
    while let field = try reader.field() { fields.append(field) }
    return fields
  }

  @Test(
    arguments: [
      ([], []),
      ([0x08, 0x00], [ProtobufReader.Field(number: 1, value: .varint(0))]),
      ([0x08, 0xAC, 0x02], [ProtobufReader.Field(number: 1, value: .varint(300))]),
      (
        [0x10] + [UInt8](repeating: 0xFF, count: 9) + [0x01],
        [ProtobufReader.Field(number: 2, value: .varint(.max))]
      ),
      ([0x0D, 1, 2, 0, 0], [ProtobufReader.Field(number: 1, value: .fixed32(0x201))]),
      (
        [0x09, 1, 0, 0, 0, 0, 0, 0, 0x80],
        [ProtobufReader.Field(number: 1, value: .fixed64(0x8000_0000_0000_0001))]
      ),
      (
        [0x0A, 2, 7, 8, 0x10, 1],
        [
          ProtobufReader.Field(number: 1, value: .bytes([7, 8])),
          ProtobufReader.Field(number: 2, value: .varint(1)),
        ]
      ),
    ] as [([UInt8], [ProtobufReader.Field])])
  func `fields are read in order`(bytes: [UInt8], expected: [ProtobufReader.Field]) throws {
    #expect(try fields(bytes) == expected)
  }

  @Test(
    arguments: [
      ([0x08], "unexpected EOF"),
      ([0x08, 0x80], "unexpected EOF"),
      ([0x08] + [UInt8](repeating: 0x80, count: 10), "proto: integer overflow"),
      ([0x0A, 2, 1], "unexpected EOF"),
      ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "unexpected EOF"),
      (
        [0x0A] + [UInt8](repeating: 0xFF, count: 9) + [0x01],
        "proto: negative length found during unmarshaling"
      ),
      ([0x0D, 1, 2, 3], "unexpected EOF"),
      ([0x09, 1, 2, 3, 4, 5, 6, 7], "unexpected EOF"),
      ([0x00], "proto: Sample: illegal tag 0 (wire type 0)"),
      ([0x0B], "proto: illegal wireType 3"),
      ([0x0C], "proto: Sample: wiretype end group for non-group"),
      ([0x0F], "proto: illegal wireType 7"),
    ] as [([UInt8], String)])
  func `what is no message is refused`(bytes: [UInt8], message: String) {
    #expect(throws: ProtobufError(message)) { try fields(bytes) }
  }
}
