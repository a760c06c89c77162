import Glibc
import KubernetesAPI
import Netlink
import Testing

@testable import ClusterDNS

struct NodeModeTests {
  static let address = ClusterDNS.SocketAddress(NodePlace.defaultAddress, port: 53)
  static let mayMakeNamespaces = geteuid() == 0 && isInstalled("nft") && isInstalled("unshare")

  @Test func `The table keeps both directions of every address out of tracking`() {
    let other = ClusterDNS.SocketAddress(.v6(high: 0xFD00 << 48, low: 10), port: 5353)
    let text = NotrackTable.text([Self.address, other])
    #expect(text.hasPrefix(NotrackTable.removal))
    for rule in [
      "ip daddr 169.254.20.10 udp dport 53 notrack", "ip saddr 169.254.20.10 tcp sport 53 notrack",
      "ip6 daddr fd00::a tcp dport 5353 notrack", "ip6 saddr fd00::a udp sport 5353 notrack",
    ] {
      #expect(text.components(of: rule) == 2, "\(rule)")
    }
  }

  @Test(.enabled(if: mayMakeNamespaces, "needs root, nft and unshare"))
  func `nft takes the table, twice, and its removal`() {
    let input = "printf '%s' '\(NotrackTable.text([Self.address]))'"
    let output = run(
      "unshare -n sh -c \"\(input) | nft -f - && \(input) | nft -f - && nft list tables"
        + " && printf '\(NotrackTable.removal)' | nft -f - && nft list tables && echo end\"")
    #expect(output == ["table inet \(NotrackTable.name)", "end"])
  }

  @Test(.enabled(if: mayMakeNamespaces, "needs root, nft and unshare"))
  func `The interface is made once, has its addresses, and goes`() throws {
    let namespace = try NetworkNamespace.make()
    let interface = try NodeInterface(in: namespace)
    let routes = try RouteSocket(in: namespace)
    try interface.remove()
    try interface.add([Self.address.address])
    let second = try #require(IPAddress("169.254.25.10"))
    try interface.add([Self.address.address, second])
    let link = try #require(try routes.link(named: NodeInterface.name))
    let addresses = try routes.addresses().filter { $0.index == link.index }
    #expect(Set(addresses.map(\.address)).isSuperset(of: [Self.address.address, second]))
    try interface.remove()
    #expect(try routes.link(named: NodeInterface.name) == nil)
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
