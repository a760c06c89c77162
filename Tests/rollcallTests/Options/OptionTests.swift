import Testing

@testable import rollcall

struct OptionTests {
  @Test(arguments: [
    ("127.0.0.1:6443", "127.0.0.1", 6443), ("[::1]:53", "::1", 53), (":0", "0.0.0.0", 0),
    ("localhost:80", "127.0.0.1", 80),
  ])
  func listenAddressesAreRead(text: String, host: String, port: UInt16) {
    #expect(ListenAddress(argument: text) == ListenAddress(host: host, port: port))
  }

  @Test(arguments: [
    "", "6443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:53",
    "[127.0.0.1]:53", "example.org:53", "[::1:53",
  ])
  func otherListenAddressesAreRefused(text: String) {
    #expect(ListenAddress(argument: text) == nil)
  }

  @Test func clusterDomainsAreDNSNames() {
    #expect(ClusterDomain(argument: "Cluster.Local.")?.name == "cluster.local")
    for text in ["", ".", "-a", "a..b", "a_b", String(repeating: "a", count: 64)] {
      #expect(ClusterDomain(argument: text) == nil, "\(text)")
    }
  }
}
