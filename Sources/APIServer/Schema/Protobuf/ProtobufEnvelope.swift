/// What a Kubernetes object in protobuf is wrapped in: four bytes, then the message
/// runtime.Unknown, which names the type and holds the object's own message.
///
/// Like Kubernetes, nothing is made of `contentEncoding` and `contentType`: they describe contents
/// that are not protobuf, which nobody sends.
package struct ProtobufEnvelope: Sendable, Equatable {
  package var apiVersion = ""
  package var kind = ""
  package var content: ArraySlice<UInt8> = []

  /// `k8s` and a zero.
  private static let prefix: [UInt8] = [0x6B, 0x38, 0x73, 0]

  package init(_ body: [UInt8]) throws(ProtobufError) {
    if body.isEmpty { throw ProtobufError("empty data") }
    guard body.starts(with: Self.prefix) else {
      throw ProtobufError(
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    }
    if body.count == Self.prefix.count { throw ProtobufError("empty body") }
    var reader = ProtobufReader(body.dropFirst(Self.prefix.count), name: "Unknown")
    while let field = try reader.field() {
      switch field.number {
      case 1: try readType(try field.value.bytes(of: "TypeMeta"))
      case 2: content = try field.value.bytes(of: "Raw")
      default: break
      }
    }
  }

  private mutating func readType(_ message: ArraySlice<UInt8>) throws(ProtobufError) {
    var reader = ProtobufReader(message, name: "TypeMeta")
    while let field = try reader.field() {
      switch field.number {
      case 1: apiVersion = try field.value.text(of: "APIVersion")
      case 2: kind = try field.value.text(of: "Kind")
      default: break
      }
    }
  }
}

extension ProtobufReader.Value {
  /// - Parameter field: for errors.
  func varint(of field: String) throws(ProtobufError) -> UInt64 {
    guard case .varint(let number) = self else { throw wrongType(field) }
    return number
  }

  func bytes(of field: String) throws(ProtobufError) -> ArraySlice<UInt8> {
    guard case .bytes(let bytes) = self else { throw wrongType(field) }
    return bytes
  }

  /// What is not UTF-8 is replaced.
  func text(of field: String) throws(ProtobufError) -> String {
    String(decoding: try bytes(of: field), as: UTF8.self)
  }

  private func wrongType(_ field: String) -> ProtobufError {
    ProtobufError("proto: wrong wireType = \(type.rawValue) for field \(field)")
  }

  private var type: ProtobufReader.WireType {
    switch self {
    case .varint: .varint
    case .fixed32: .fixed32
    case .fixed64: .fixed64
    case .bytes: .bytes
    }
  }
}
