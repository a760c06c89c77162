import Glibc
import KubernetesAPI

/// The addresses of this machine that others may reach it at.
enum HostAddresses {
  /// Of interfaces that are up; without loopback and link-local ones.
  static func all(of family: IPAddress.Family) -> [IPAddress] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var addresses: [IPAddress] = []
    var next = first
    while let entry = next {
      next = entry.pointee.ifa_next
      guard entry.pointee.ifa_flags & UInt32(IFF_UP) != 0,
        let address = entry.pointee.ifa_addr.flatMap(address), address.family == family,
        !address.isLoopback, !address.isLinkLocalUnicast
      else { continue }
      addresses.append(address)
    }
    return addresses
  }

  /// The address in a socket address of either family; nil for others.
  private static func address(_ pointer: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
    let raw = UnsafeRawPointer(pointer)
    switch Int32(pointer.pointee.sa_family) {
    case AF_INET:
      // The kernel says by the family which structure it is.
      return .v4(UInt32(bigEndian: raw.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
    case AF_INET6:
      var bytes = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
      return withUnsafeBytes(of: &bytes) { IPAddress(bytes: Array($0)) }
    default: return nil
    }
  }
}
