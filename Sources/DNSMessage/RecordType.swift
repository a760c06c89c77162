/// The type of a record, or of a question (RFC 1035 sections 3.2.2 and 3.2.3). An open set.
///
/// The constants are computed, not stored: the query path may not touch a lazily initialised
/// global.
package struct RecordType: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  @_noLocks
  package init(rawValue: UInt16) { self.rawValue = rawValue }
}

extension RecordType {
  package static var a: RecordType { @_noLocks get { RecordType(rawValue: 1) } }
  package static var ns: RecordType { @_noLocks get { RecordType(rawValue: 2) } }
  package static var cname: RecordType { @_noLocks get { RecordType(rawValue: 5) } }
  package static var soa: RecordType { @_noLocks get { RecordType(rawValue: 6) } }
  package static var ptr: RecordType { @_noLocks get { RecordType(rawValue: 12) } }
  /// Host information (RFC 1035); what ANY is answered with where there is nothing else (RFC 8482).
  package static var hinfo: RecordType { @_noLocks get { RecordType(rawValue: 13) } }
  package static var mx: RecordType { @_noLocks get { RecordType(rawValue: 15) } }
  package static var txt: RecordType { @_noLocks get { RecordType(rawValue: 16) } }
  package static var aaaa: RecordType { @_noLocks get { RecordType(rawValue: 28) } }
  package static var srv: RecordType { @_noLocks get { RecordType(rawValue: 33) } }
  /// The EDNS pseudo-record (RFC 6891).
  package static var opt: RecordType { @_noLocks get { RecordType(rawValue: 41) } }
  /// Service binding (RFC 9460), which browsers ask for.
  package static var https: RecordType { @_noLocks get { RecordType(rawValue: 65) } }
  /// Incremental zone transfer (RFC 1995); only in questions.
  package static var ixfr: RecordType { @_noLocks get { RecordType(rawValue: 251) } }
  /// Zone transfer (RFC 5936); only in questions.
  package static var axfr: RecordType { @_noLocks get { RecordType(rawValue: 252) } }
  /// Any type (RFC 8482); only in questions.
  package static var any: RecordType { @_noLocks get { RecordType(rawValue: 255) } }
}

extension RecordType: CustomStringConvertible {
  /// The mnemonic, or `TYPE123` (RFC 3597).
  package var description: String {
    switch self {
    case .a: "A"
    case .ns: "NS"
    case .cname: "CNAME"
    case .soa: "SOA"
    case .ptr: "PTR"
    case .hinfo: "HINFO"
    case .mx: "MX"
    case .txt: "TXT"
    case .aaaa: "AAAA"
    case .srv: "SRV"
    case .opt: "OPT"
    case .https: "HTTPS"
    case .ixfr: "IXFR"
    case .axfr: "AXFR"
    case .any: "ANY"
    default: "TYPE\(rawValue)"
    }
  }
}
