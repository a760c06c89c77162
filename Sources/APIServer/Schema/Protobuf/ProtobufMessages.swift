import JSONTree
import KubernetesAPI

/// Messages that stand for what is one plain value in JSON.
///
/// Each function takes the pieces of one message.
enum ProtobufMessages {
  /// meta/v1 Time and MicroTime: seconds 1 and nanoseconds 2 since the Unix epoch.
  ///
  /// - Returns: null for the empty message and for Go's zero time, the start of the year 1.
  static func time(
    _ pieces: [ArraySlice<UInt8>], _ precision: TimeText.Precision
  ) throws(ProtobufError) -> JSON {
    if pieces.allSatisfy(\.isEmpty) { return .null }
    var seconds: Int64 = 0
    var nanoseconds: Int32 = 0
    for piece in pieces {
      var reader = ProtobufReader(piece, name: "Timestamp")
      while let field = try reader.field() {
        switch field.number {
        case 1: seconds = Int64(bitPattern: try field.value.varint(of: "Seconds"))
        case 2: nanoseconds = Int32(truncatingIfNeeded: try field.value.varint(of: "Nanos"))
        default: break
        }
      }
    }
    guard (firstSecond...lastSecond).contains(seconds) else {
      throw ProtobufError("Time.MarshalJSON: year outside of range [0,9999]")
    }
    switch precision {
    case .seconds:
      return seconds == firstSecond ? .null : .string(Timestamp(seconds: seconds).description)
    case .microseconds:
      guard (0..<1_000_000_000).contains(nanoseconds) else {
        throw ProtobufError("proto: Timestamp: nanos outside of range [0,999999999]")
      }
      let time = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
      return seconds == firstSecond && nanoseconds < 1000 ? .null : .string(time.microseconds)
    }
  }

  /// 0001-01-01T00:00:00Z.
  private static let firstSecond: Int64 = -62_135_596_800
  /// 9999-12-31T23:59:59Z.
  private static let lastSecond: Int64 = 253_402_300_799

  /// api/resource Quantity: its text is field 1.
  static func quantity(_ pieces: [ArraySlice<UInt8>]) throws(ProtobufError) -> JSON {
    var quantity = "0"
    for piece in pieces {
      var reader = ProtobufReader(piece, name: "Quantity")
      while let field = try reader.field() {
        if field.number == 1 { quantity = try field.value.text(of: "String_") }
      }
    }
    return .string(quantity)
  }

  /// util/intstr IntOrString: which it is 1 (0 is a number, 1 a string), number 2, string 3.
  static func intOrString(_ pieces: [ArraySlice<UInt8>]) throws(ProtobufError) -> JSON {
    var type: UInt64 = 0
    var number: Int32 = 0
    var text = ""
    for piece in pieces {
      var reader = ProtobufReader(piece, name: "IntOrString")
      while let field = try reader.field() {
        switch field.number {
        case 1: type = try field.value.varint(of: "Type")
        case 2: number = Int32(truncatingIfNeeded: try field.value.varint(of: "IntVal"))
        case 3: text = try field.value.text(of: "StrVal")
        default: break
        }
      }
    }
    switch type {
    case 0: return .integer(Int64(number))
    case 1: return .string(text)
    default: throw ProtobufError("impossible IntOrString.Type")
    }
  }

  /// runtime.RawExtension and meta/v1 FieldsV1: JSON text in field 1.
  ///
  /// - Returns: null where there is none.
  static func raw(_ pieces: [ArraySlice<UInt8>]) throws(ProtobufError) -> JSON {
    var text: ArraySlice<UInt8> = []
    for piece in pieces {
      var reader = ProtobufReader(piece, name: "RawExtension")
      while let field = try reader.field() {
        if field.number == 1 { text = try field.value.bytes(of: "Raw") }
      }
    }
    if text.isEmpty { return .null }
    do {
      return try JSON(parsing: Array(text))
    } catch {
      throw ProtobufError(error.message)
    }
  }
}
