import Glibc

/// One call of `grpc.health.v1.Health/Check` over HTTP/2 without TLS (RFC 9113): a preface, one
/// request, and frames read until the answer is there.
enum HealthCheck {
  private enum FrameType {
    static let data: UInt8 = 0
    static let headers: UInt8 = 1
    static let reset: UInt8 = 3
    static let settings: UInt8 = 4
    static let ping: UInt8 = 6
    static let goAway: UInt8 = 7
  }

  /// More than any answer of this service has.
  private static let largestFrame = 1 << 14

  /// - Parameter descriptor: a connection, which stays the caller's.
  /// - Throws: `LinuxError`.
  static func run(
    _ descriptor: Int32, service: String, authority: String, timeout: Duration
  ) throws(LinuxError) -> ProbeResult {
    let limit = max(1, Int(timeout.components.seconds))
    var wait = timeval(tv_sec: limit, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    try LinuxCall.write(descriptor, request(service, authority), "gRPC request")
    while true {
      let head = try read(descriptor, 9)
      let length = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      guard length <= largestFrame else { throw LinuxError(number: EPROTO, what: "gRPC frame") }
      let payload = try read(descriptor, length)
      let isEnd = head[4] & 1 != 0
      switch head[3] {
      case FrameType.settings where !isEnd:
        try LinuxCall.write(descriptor, frame(FrameType.settings, 1, 0, []), "gRPC settings")
      case FrameType.ping where !isEnd:
        try LinuxCall.write(descriptor, frame(FrameType.ping, 1, 0, payload), "gRPC ping")
      case FrameType.data: return status(payload)
      case FrameType.headers where isEnd:
        return .failure("error: health rpc failed: the server does not implement it")
      case FrameType.reset, FrameType.goAway:
        return .failure("error: health rpc failed: the server closed the stream")
      default: break
      }
    }
  }

  /// HealthCheckResponse: field 1, where 1 is SERVING.
  static func status(_ payload: [UInt8]) -> ProbeResult {
    let message = payload.dropFirst(5)
    if Array(message.prefix(2)) == [0x08, 0x01] { return .success }
    let names = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"]
    let value = message.first == 0x08 ? Int(message.dropFirst().first ?? 0) : 0
    let name = value < names.count ? names[value] : "UNKNOWN"
    return .failure("service unhealthy (responded with \"\(name)\")")
  }

  static func request(_ service: String, _ authority: String) -> [UInt8] {
    var headers: [UInt8] = []
    // HPACK (RFC 7541) without the dynamic table: every field a literal, never indexed.
    for (name, value) in [
      (":method", "POST"), (":scheme", "http"), (":path", "/grpc.health.v1.Health/Check"),
      (":authority", authority), ("content-type", "application/grpc"), ("te", "trailers"),
      ("user-agent", "kube-probe/1.33"),
    ] {
      headers.append(0x10)
      for text in [name, value] {
        headers.append(UInt8(truncatingIfNeeded: min(text.utf8.count, 126)))
        headers += text.utf8.prefix(126)
      }
    }
    let name = Array(service.utf8.prefix(127))
    let message = name.isEmpty ? [] : [0x0A, UInt8(name.count)] + name
    let data = [0, 0, 0, 0, UInt8(message.count)] + message
    return Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
      + frame(FrameType.settings, 0, 0, [])
      + frame(FrameType.headers, 0x4, 1, headers)  // END_HEADERS
      + frame(FrameType.data, 0x1, 1, data)  // END_STREAM
  }

  private static func frame(
    _ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]
  ) -> [UInt8] {
    let length = UInt32(payload.count)
    var bytes = [
      UInt8(truncatingIfNeeded: length >> 16), UInt8(truncatingIfNeeded: length >> 8),
      UInt8(truncatingIfNeeded: length), type, flags,
    ]
    withUnsafeBytes(of: stream.bigEndian) { bytes += $0 }
    return bytes + payload
  }

  private static func read(_ descriptor: Int32, _ count: Int) throws(LinuxError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var offset = 0
    while offset < count {
      let got = try LinuxCall.check("gRPC answer") {
        bytes.withUnsafeMutableBytes { raw in
          recv(descriptor, raw.baseAddress?.advanced(by: offset), raw.count - offset, 0)
        }
      }
      if got == 0 { throw LinuxError(number: ECONNRESET, what: "gRPC answer") }
      offset += got
    }
    return bytes
  }
}
