import Glibc
package import KubernetesAPI

/// An address and a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
  package var address: IPAddress
  /// 0 asks the kernel for a free one.
  package var port: UInt16

  package init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// Reads `127.0.0.1:53` or `[::1]:53`.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard let address = IPAddress(String(host)) else { return nil }
    self.init(address, port: port)
  }

  package var description: String {
    address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }

  var family: Int32 { address.family == .v4 ? AF_INET : AF_INET6 }

  init(_ storage: sockaddr_storage) {
    self = withUnsafeBytes(of: storage) { bytes in
      // Both forms have the port in bytes 2 and 3; the storage is larger than either.
      let port = UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
      let range = storage.ss_family == sa_family_t(AF_INET) ? 4..<8 : 8..<24
      return SocketAddress(IPAddress(bytes: bytes[range]) ?? .v4(0), port: port)
    }
  }

  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var storage = sockaddr_storage()
    storage.ss_family = sa_family_t(family)
    let size: Int
    switch address.family {
    case .v4: size = MemoryLayout<sockaddr_in>.size
    case .v6: size = MemoryLayout<sockaddr_in6>.size
    }
    withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.storeBytes(of: port.bigEndian, toByteOffset: 2, as: UInt16.self)
      let start = address.family == .v4 ? 4 : 8
      for (index, byte) in address.bytes.enumerated() { bytes[start + index] = byte }
    }
    return withUnsafePointer(to: &storage) { pointer in
      // sockaddr_storage is made to be any sockaddr.
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(size)) }
    }
  }
}
