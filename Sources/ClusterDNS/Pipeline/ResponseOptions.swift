import DNSMessage

/// The EDNS options of a response, known before its records are written over those of the query.
struct ResponseOptions {
  /// Bytes of all options.
  var byteCount = 0
  var tellsIdentity = false
  var hasCookie = false
  /// The client has shown a cookie that this server gave to its address: it is no forged one.
  var isKnownClient = false
  /// The parts of the cookie, as they are in memory.
  var clientCookie: UInt64 = 0
  var serverHead: UInt64 = 0
  var serverHash: UInt64 = 0

  @_noLocks
  init() {}
}

extension QueryPipeline {
  /// What a query's options are answered with.
  @_noLocks
  func responseOptions(
    _ head: QueryHead, _ base: UnsafeMutableRawPointer
  ) -> ResponseOptions {
    var options = ResponseOptions()
    if head.wantsIdentity, settings.identityLength > 0 {
      options.tellsIdentity = true
      options.byteCount &+= 4 &+ settings.identityLength
    }
    guard settings.hasCookies, head.hasCookie else { return options }
    // In bounds: the reader has seen as many bytes there.
    let offset = Int(head.cookieOffset)
    let client = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let time = UInt32(truncatingIfNeeded: now / 1000)
    let asker = asker
    options.hasCookie = true
    options.byteCount &+= ServerCookie.optionSize
    options.clientCookie = client
    if head.hasServerCookie {
      options.isKnownClient = ServerCookie.isValid(
        client: client,
        head: base.loadUnaligned(fromByteOffset: offset &+ 8, as: UInt64.self),
        hash: base.loadUnaligned(fromByteOffset: offset &+ 16, as: UInt64.self),
        time: time, asker, settings.cookieSecret)
    }
    let server = ServerCookie(client: client, time: time, asker, settings.cookieSecret)
    options.serverHead = server.head
    options.serverHash = server.hash
    return options
  }
}

extension QueryPipeline {
  /// The options of the response to a query that is another's, as they go on the wire.
  var remainderOptionBytes: [UInt8] {
    let options = remainderOptions
    guard remainder == .query, options.byteCount > 0 else { return [] }
    var bytes: [UInt8] = []
    func append(_ value: UInt16) {
      bytes += [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }
    if options.tellsIdentity {
      append(EDNS.identity)
      append(UInt16(settings.identityLength))
      bytes += UnsafeRawBufferPointer(start: settings.identity, count: settings.identityLength)
    }
    if options.hasCookie {
      append(EDNS.cookie)
      append(UInt16(ServerCookie.size))
      for part in [options.clientCookie, options.serverHead, options.serverHash] {
        withUnsafeBytes(of: part) { bytes += $0 }  // Each as it is in memory.
      }
    }
    return bytes
  }
}
