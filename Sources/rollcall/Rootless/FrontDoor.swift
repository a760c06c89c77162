import Foundation
import KubernetesAPI

/// Sockets on the machine's own network, opened before the program leaves it: by them the API and
/// DNS within are reached from outside.
struct FrontDoor: Sendable {
  /// Listening TCP sockets.
  var api: Int32
  var dnsTCP: Int32
  /// A bound UDP socket.
  var dnsUDP: Int32
  /// The addresses by which clients of this machine come in.
  var apiPort: UInt16
  var dnsPort: UInt16

  /// As the inner process is told.
  var text: String { "\(api),\(dnsTCP),\(dnsUDP),\(apiPort),\(dnsPort)" }

  /// The door of this process; nil if it is on the machine's own network.
  static var inherited: FrontDoor? {
    guard let text = ProcessInfo.processInfo.environment[PrivateNode.variable] else { return nil }
    let numbers = text.split(separator: ",").compactMap { Int32($0) }
    guard numbers.count == 5, let api = UInt16(exactly: numbers[3]),
      let dns = UInt16(exactly: numbers[4])
    else { return nil }
    return FrontDoor(
      api: numbers[0], dnsTCP: numbers[1], dnsUDP: numbers[2], apiPort: api, dnsPort: dns)
  }

  /// Binds the addresses; a port of 0 becomes one that is free.
  ///
  /// - Throws: `CommandFailure` with `unavailable` or `noPermission`.
  static func open(api: ListenAddress, dns: ListenAddress) throws -> FrontDoor {
    let apiSocket = try bound(api, Int32(SOCK_STREAM.rawValue), "API server")
    let (udp, tcp) = try boundPair(dns)
    return FrontDoor(
      api: apiSocket, dnsTCP: tcp, dnsUDP: udp, apiPort: port(apiSocket), dnsPort: port(udp))
  }

  /// The same port over UDP and TCP. One that is free over UDP may be taken over TCP: if any will
  /// do, others are tried.
  private static func boundPair(_ dns: ListenAddress) throws -> (udp: Int32, tcp: Int32) {
    var attempts = dns.port == 0 ? 16 : 1
    while true {
      let udp = try bound(dns, Int32(SOCK_DGRAM.rawValue), "DNS")
      do {
        let address = ListenAddress(host: dns.host, port: port(udp))
        return (udp, try bound(address, Int32(SOCK_STREAM.rawValue), "DNS"))
      } catch {
        close(udp)
        attempts -= 1
        if attempts == 0 { throw error }
      }
    }
  }

  private static func bound(
    _ address: ListenAddress, _ type: Int32, _ what: String
  ) throws -> Int32 {
    guard let ip = IPAddress(address.host) else {
      throw CommandFailure(.usage, "\(address) is no address")
    }
    // Inherited by the inner process, which is the same program: not closed by exec, as there is
    // none; sandboxes close everything they were not given.
    let descriptor = socket(ip.family == .v4 ? AF_INET : AF_INET6, type, 0)
    var yes: Int32 = 1
    if type == Int32(SOCK_STREAM.rawValue) {
      setsockopt(
        descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
    let result = withSocketAddress(ip, address.port) { bind(descriptor, $0, $1) }
    guard result == 0,
      type != Int32(SOCK_STREAM.rawValue) || listen(descriptor, 1024) == 0
    else {
      let number = errno
      close(descriptor)
      throw CommandFailure(
        number == EACCES || number == EPERM ? .noPermission : .unavailable,
        "\(what) on \(address): \(String(cString: strerror(number)))")
    }
    return descriptor
  }

  private static func port(_ descriptor: Int32) -> UInt16 {
    var bytes = [UInt8](repeating: 0, count: 28)
    var size = socklen_t(bytes.count)
    _ = bytes.withUnsafeMutableBytes { raw in
      raw.withMemoryRebound(to: sockaddr.self) { getsockname(descriptor, $0.baseAddress, &size) }
    }
    return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
  }

  private static func withSocketAddress(
    _ address: IPAddress, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    // struct sockaddr_in and sockaddr_in6, written byte by byte.
    var bytes: [UInt8] = []
    withUnsafeBytes(of: UInt16(address.family == .v4 ? AF_INET : AF_INET6)) { bytes += $0 }
    withUnsafeBytes(of: port.bigEndian) { bytes += $0 }
    if address.family == .v4 {
      bytes += address.bytes + [UInt8](repeating: 0, count: 8)
    } else {
      bytes += [0, 0, 0, 0] + address.bytes + [0, 0, 0, 0]
    }
    return bytes.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: sockaddr.self) { pointer in
        guard let base = pointer.baseAddress else { return -1 }
        return body(base, socklen_t(raw.count))
      }
    }
  }
}
