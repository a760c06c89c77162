import Glibc
import KubernetesAPI
import NIOCore

/// The address a query came from, as the kernel writes it.
struct ClientAddress: Sendable {
  private var storage: sockaddr_in6

  init(_ storage: sockaddr_in6) { self.storage = storage }

  /// Nil for what is no IP address.
  init?(_ address: NIOCore.SocketAddress?) {
    guard let address else { return nil }
    storage = sockaddr_in6()
    switch address {
    case .v4(let address):
      withUnsafeMutableBytes(of: &storage) { bytes in
        // Fits: the smaller of the two.
        withUnsafeBytes(of: address.address) { bytes.copyBytes(from: $0) }
      }
    case .v6(let address): storage = address.address
    case .unixDomainSocket: return nil
    }
  }

  /// Calls the body with a pointer to the address, valid during the call.
  func withPointer<Result>(_ body: (UnsafeRawPointer) -> Result) -> Result {
    withUnsafePointer(to: storage) { body(UnsafeRawPointer($0)) }
  }

  var address: IPAddress? {
    withPointer { pointer in
      let asker = Asker(pointer)
      guard asker.isKnown else { return nil }
      return asker.isIPv6
        ? .v6(high: asker.high, low: asker.low) : .v4(UInt32(truncatingIfNeeded: asker.low))
    }
  }
}
