/// The bounds of the wire format (RFC 1035 section 2.3.4, RFC 6891, RFC 9715).
///
/// Computed, because the query path may not touch a lazily initialised global.
package enum MessageLimits {
  /// Id, flags and four counts.
  package static var headerSize: Int { @_noLocks get { 12 } }
  /// Bytes of one label, without its length byte.
  package static var label: Int { @_noLocks get { 63 } }
  /// Bytes of a name with its length bytes and the root label.
  package static var name: Int { @_noLocks get { 255 } }
  /// The largest message: TCP prefixes it with 16 bits of length.
  package static var message: Int { @_noLocks get { 65_535 } }
  /// What a UDP message may carry without EDNS.
  package static var udpWithoutEDNS: Int { @_noLocks get { 512 } }
  /// What we offer and fill over UDP with EDNS: fits an IPv6 minimum MTU, so is never fragmented.
  package static var udpWithEDNS: Int { @_noLocks get { 1232 } }
  /// The highest offset a compression pointer can name.
  package static var pointerTarget: Int { @_noLocks get { 0x3FFF } }
  /// Compression pointers followed for one name: as many as it can have labels.
  package static var pointersPerName: Int { @_noLocks get { 127 } }
  /// The fixed part of a record behind its name: type, class, TTL, data length.
  package static var recordFixedPart: Int { @_noLocks get { 10 } }
  /// An OPT record without options: root name and the fixed part.
  package static var emptyOPT: Int { @_noLocks get { 11 } }
}
