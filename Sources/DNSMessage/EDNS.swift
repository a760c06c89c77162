/// The OPT pseudo-record: what one side of an exchange can do (RFC 6891).
package struct EDNS: Hashable, Sendable {
  package struct Option: Hashable, Sendable {
    package var code: UInt16
    package var data: [UInt8]

    package init(code: UInt16, data: [UInt8]) {
      self.code = code
      self.data = data
    }
  }

  /// Codes of options: name server identifier (RFC 5001) and cookie (RFC 7873).
  package static var identity: UInt16 { @_noLocks get { 3 } }
  package static var cookie: UInt16 { @_noLocks get { 10 } }

  /// Bit of the flags for DNSSEC OK (RFC 3225).
  package static var dnssecOKBit: UInt16 { @_noLocks get { 0x8000 } }

  /// The largest UDP message the sender can take, in bytes.
  package var udpPayloadSize: UInt16
  /// The bits of the response code that do not fit the header.
  package var extendedResponseCode: UInt8
  /// 0; higher versions do not exist yet.
  package var version: UInt8
  package var dnssecOK: Bool
  package var options: [Option]

  package init(
    udpPayloadSize: UInt16 = UInt16(MessageLimits.udpWithEDNS), extendedResponseCode: UInt8 = 0,
    version: UInt8 = 0, dnssecOK: Bool = false, options: [Option] = []
  ) {
    self.udpPayloadSize = udpPayloadSize
    self.extendedResponseCode = extendedResponseCode
    self.version = version
    self.dnssecOK = dnssecOK
    self.options = options
  }
}
