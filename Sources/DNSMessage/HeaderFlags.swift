/// The second 16 bits of the header (RFC 1035 section 4.1.1, RFC 4035 section 3).
package struct HeaderFlags: RawRepresentable, Hashable, Sendable {
  package var rawValue: UInt16

  @_noLocks
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// QR: a response, not a query.
  package static var response: UInt16 { @_noLocks get { 0x8000 } }
  /// The four bits of the opcode, 0 for a standard query.
  package static var opcodeMask: UInt16 { @_noLocks get { 0x7800 } }
  /// AA: the server speaks for the zone of the name asked.
  package static var authoritative: UInt16 { @_noLocks get { 0x0400 } }
  /// TC: answer or authority records were left out.
  package static var truncated: UInt16 { @_noLocks get { 0x0200 } }
  /// RD: the client wants recursion; copied to the response.
  package static var recursionDesired: UInt16 { @_noLocks get { 0x0100 } }
  /// RA: the server offers recursion.
  package static var recursionAvailable: UInt16 { @_noLocks get { 0x0080 } }
  /// AD: the data were validated with DNSSEC (RFC 4035 section 3.2.3).
  package static var authenticData: UInt16 { @_noLocks get { 0x0020 } }
  /// CD: the client validates itself (RFC 4035 section 3.2.2).
  package static var checkingDisabled: UInt16 { @_noLocks get { 0x0010 } }
  /// The four lower bits of the response code.
  package static var responseCodeMask: UInt16 { @_noLocks get { 0x000F } }

  @_noLocks
  package func has(_ bit: UInt16) -> Bool { rawValue & bit != 0 }

  /// 0 QUERY, 1 IQUERY, 2 STATUS, 4 NOTIFY, 5 UPDATE.
  package var opcode: UInt8 { UInt8(truncatingIfNeeded: (rawValue & Self.opcodeMask) >> 11) }
}
