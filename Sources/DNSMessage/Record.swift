/// One resource record, OPT excepted (see ``EDNS``).
package struct Record: Hashable, Sendable {
  package var name: DomainName
  package var recordClass: RecordClass
  /// Seconds.
  package var ttl: UInt32
  package var data: RecordData

  package init(
    name: DomainName, recordClass: RecordClass = .internet, ttl: UInt32, data: RecordData
  ) {
    self.name = name
    self.recordClass = recordClass
    self.ttl = ttl
    self.data = data
  }

  package var type: RecordType { data.type }
}

/// What a record says.
package enum RecordData: Hashable, Sendable {
  case a(UInt32)
  case aaaa(high: UInt64, low: UInt64)
  case cname(DomainName)
  case ns(DomainName)
  case ptr(DomainName)
  case soa(StartOfAuthority)
  case srv(priority: UInt16, weight: UInt16, port: UInt16, target: DomainName)
  /// Strings of at most 255 bytes each.
  case txt([[UInt8]])
  /// A type this library does not read (RFC 3597).
  case unknown(type: RecordType, data: [UInt8])

  package var type: RecordType {
    switch self {
    case .a: .a
    case .aaaa: .aaaa
    case .cname: .cname
    case .ns: .ns
    case .ptr: .ptr
    case .soa: .soa
    case .srv: .srv
    case .txt: .txt
    case .unknown(let type, _): type
    }
  }
}

/// The SOA record of a zone (RFC 1035 section 3.3.13). Times are in seconds.
package struct StartOfAuthority: Hashable, Sendable {
  /// The zone's primary name server.
  package var primary: DomainName
  /// The mailbox of who is responsible, its `@` written as a dot.
  package var mailbox: DomainName
  package var serial: UInt32
  package var refresh: UInt32
  package var retry: UInt32
  package var expire: UInt32
  /// How long a negative answer may be kept (RFC 2308 section 4).
  package var minimum: UInt32

  package init(
    primary: DomainName, mailbox: DomainName, serial: UInt32, refresh: UInt32, retry: UInt32,
    expire: UInt32, minimum: UInt32
  ) {
    self.primary = primary
    self.mailbox = mailbox
    self.serial = serial
    self.refresh = refresh
    self.retry = retry
    self.expire = expire
    self.minimum = minimum
  }
}
