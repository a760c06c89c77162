/// The outcome of a query (RFC 1035 section 4.1.1, extended to 12 bits by RFC 6891).
package struct ResponseCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  @_noLocks
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static var noError: ResponseCode { @_noLocks get { ResponseCode(rawValue: 0) } }
  /// The query could not be understood.
  package static var formatError: ResponseCode { @_noLocks get { ResponseCode(rawValue: 1) } }
  /// The server cannot answer now.
  package static var serverFailure: ResponseCode { @_noLocks get { ResponseCode(rawValue: 2) } }
  /// The name does not exist: NXDOMAIN.
  package static var nameError: ResponseCode { @_noLocks get { ResponseCode(rawValue: 3) } }
  /// The kind of query is not supported.
  package static var notImplemented: ResponseCode { @_noLocks get { ResponseCode(rawValue: 4) } }
  /// The server does not want to answer, for example because the name is in no zone of its own.
  package static var refused: ResponseCode { @_noLocks get { ResponseCode(rawValue: 5) } }
  /// The server has no authority over the zone (RFC 5936 section 2.2.1).
  package static var notAuthoritative: ResponseCode {
    @_noLocks get { ResponseCode(rawValue: 9) }
  }
  /// The EDNS version is not supported. Does not fit the header alone: needs an OPT record.
  package static var badVersion: ResponseCode { @_noLocks get { ResponseCode(rawValue: 16) } }
}

extension ResponseCode: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noError: "NOERROR"
    case .formatError: "FORMERR"
    case .serverFailure: "SERVFAIL"
    case .nameError: "NXDOMAIN"
    case .notImplemented: "NOTIMP"
    case .refused: "REFUSED"
    case .notAuthoritative: "NOTAUTH"
    case .badVersion: "BADVERS"
    default: "RCODE\(rawValue)"
    }
  }
}
