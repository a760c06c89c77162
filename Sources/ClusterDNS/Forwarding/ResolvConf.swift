package import DNSMessage
package import KubernetesAPI

/// What a host's `resolv.conf(5)` says.
package struct ResolvConf: Sendable, Equatable {
  /// In order. An address with a zone (`fe80::1%eth0`) is left out: no route leads there from here.
  package var nameServers: [IPAddress] = []
  /// Domains that short names are completed with, in order.
  package var search: [DomainName] = []

  package static let path = "/etc/resolv.conf"

  /// Reads the text of the file. Lines that say nothing known are passed over, as resolvers do.
  package init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.prefix { $0 != "#" && $0 != ";" }.split { $0 == " " || $0 == "\t" }
      guard let keyword = words.first else { continue }
      switch keyword {
      case "nameserver":
        if words.count > 1, let address = IPAddress(String(words[1])) {
          nameServers.append(address)
        }
      case "search", "domain":
        // The last of either keyword wins.
        search = words.dropFirst().compactMap { DomainName(String($0)) }.filter { $0 != .root }
      default: break
      }
    }
  }

  /// The name servers to forward to: all but those that are the server itself.
  ///
  /// - Parameter listening: where the server answers. One that answers on every address of the
  ///   machine is recognised on loopback addresses only; the others are found by asking (see
  ///   `LoopProbe`).
  package func upstreams(listening: [SocketAddress]) -> [Upstream] {
    nameServers.map { Upstream(SocketAddress($0, port: 53)) }.filter { upstream in
      !listening.contains { own in
        own.port == upstream.address.port
          && (own.address == upstream.address.address
            || own.address.isUnspecified && upstream.address.address.isLoopback)
      }
    }
  }
}
