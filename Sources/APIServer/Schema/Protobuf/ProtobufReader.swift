/// Why bytes are not the message they should be, worded as Kubernetes' decoders word it.
package struct ProtobufError: Error, Sendable, Equatable {
  package var message: String

  package init(_ message: String) { self.message = message }

  static let truncated = ProtobufError("unexpected EOF")
}

/// Reads the wire format of protocol buffers, field by field, from the bytes of one message.
///
/// Nothing is copied: length-delimited values are slices of the same bytes. Every read either
/// consumes bytes or throws, so reading ends after at most as many steps as there are bytes.
/// Groups, which no Kubernetes type has, are refused.
package struct ProtobufReader: Sendable {
  package enum WireType: UInt64, Sendable {
    case varint = 0
    case fixed64 = 1
    case bytes = 2
    case fixed32 = 5
  }

  package enum Value: Sendable, Equatable {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  package struct Field: Sendable, Equatable {
    /// 1 or more.
    package var number: Int
    package var value: Value
  }

  /// What has not been read yet.
  private var rest: ArraySlice<UInt8>
  /// Of the message, for errors.
  private let name: String

  /// - Parameter name: the name of the message, for errors.
  package init(_ message: ArraySlice<UInt8>, name: String) {
    rest = message
    self.name = name
  }

  package var isAtEnd: Bool { rest.isEmpty }

  /// The next field, or nil at the end of the message.
  package mutating func field() throws(ProtobufError) -> Field? {
    if rest.isEmpty { return nil }
    let tag = try varint()
    let number = Int32(truncatingIfNeeded: tag >> 3)
    if tag & 7 == 4 { throw ProtobufError("proto: \(name): wiretype end group for non-group") }
    guard number > 0 else {
      throw ProtobufError("proto: \(name): illegal tag \(number) (wire type \(tag))")
    }
    guard let type = WireType(rawValue: tag & 7) else {
      throw ProtobufError("proto: illegal wireType \(tag & 7)")
    }
    return Field(number: Int(number), value: try value(type))
  }

  private mutating func value(_ type: WireType) throws(ProtobufError) -> Value {
    switch type {
    case .varint: .varint(try varint())
    case .fixed32: .fixed32(UInt32(truncatingIfNeeded: try littleEndian(4)))
    case .fixed64: .fixed64(try littleEndian(8))
    case .bytes: .bytes(try bytes())
    }
  }

  /// A number of up to 64 bits in seven-bit groups, the least first. Bits above the 64th are lost.
  package mutating func varint() throws(ProtobufError) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw .truncated }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
    }
    throw ProtobufError("proto: integer overflow")
  }

  private mutating func littleEndian(_ count: Int) throws(ProtobufError) -> UInt64 {
    guard rest.count >= count else { throw .truncated }
    let number = rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    rest = rest.dropFirst(count)
    return number
  }

  private mutating func bytes() throws(ProtobufError) -> ArraySlice<UInt8> {
    let length = Int64(bitPattern: try varint())
    if length < 0 { throw ProtobufError("proto: negative length found during unmarshaling") }
    guard length <= rest.count else { throw .truncated }
    let value = rest.prefix(Int(length))
    rest = rest.dropFirst(Int(length))
    return value
  }
}
