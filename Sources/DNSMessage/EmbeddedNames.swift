/// Where the names stand in the data of types that this library does not read otherwise, and whose
/// names may nevertheless be compressed: those of RFC 1035, and those that RFC 3597 section 4 asks
/// receivers to decompress.
struct EmbeddedNames {
  /// Bytes before the first name.
  var fixedBytes = 0
  /// Strings with a length byte, behind the fixed bytes.
  var strings = 0
  /// Names behind those; whatever follows them is kept as it is.
  var names = 1

  /// Nil for a type without such names.
  init?(_ type: RecordType) {
    switch type.rawValue {
    case 3, 4, 7, 8, 9, 30, 39: break  // MD, MF, MB, MG, MR, NXT, DNAME
    case 14, 17: names = 2  // MINFO, RP
    case 15, 18, 21, 36: fixedBytes = 2  // MX, AFSDB, RT, KX
    case 24: fixedBytes = 18  // SIG
    case 26:  // PX
      fixedBytes = 2
      names = 2
    case 35:  // NAPTR
      fixedBytes = 4
      strings = 3
    default: return nil
    }
  }
}
