import DNSMessage
import KubernetesAPI
import NIOPosix
import Testing

@testable import ClusterDNS

/// DNS over TLS and HTTPS: our server asked by our own upstream client, and by `dig` and `curl`
/// where they are installed.
@Suite(.timeLimit(.minutes(2)))
struct EncryptedTests {
  static func with(
    _ body:
      @escaping @Sendable (
        _ server: NameServer, _ tls: ClusterDNS.SocketAddress, _ https: ClusterDNS.SocketAddress,
        _ trust: String
      ) async throws -> Void
  ) async throws {
    let authority = try TestAuthority()
    let group = MultiThreadedEventLoopGroup.singleton
    let feed = LiveServer.makeFeed(ForwardingTests.changes)
    let identity = authority.identity
    let server = try NameServer.bind(
      [LiveServer.loopback],
      encrypted: [
        .init(
          address: LiveServer.loopback,
          transport: .tls(try identity.context(protocols: ["dot"]))),
        .init(
          address: LiveServer.loopback,
          transport: .https(try identity.context(protocols: ["h2", "http/1.1"]))),
      ], workerCount: 1, NameServer.Backend(feed: feed, group: group))
    try await server.start()
    let tls = try #require(server.address(of: .tls))
    let https = try #require(server.address(of: .https))
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(server, tls, https, authority.trustFile))
    } catch {
      result = .failure(error)
    }
    server.stop()
    await server.waitUntilStopped()
    try result.get()
  }

  @Test(arguments: [nil, "dns.test"])
  func `A server forwards over TLS to another, if its certificate is for the right name`(
    name: String?
  ) async throws {
    try await Self.with { inner, tls, _, trust in
      let upstream = Upstream(tls, security: .tls(serverName: name))
      try await ForwardingTests.with([upstream]) {
        $0.trustRoots = trust
        $0.groups[0].domain = DomainName("local") ?? .root
      } _: { outer in
        let client = try TinyClient(udp: outer.addresses[0])
        // Not of the outer's zone, and refused by the inner; or, denied by the certificate, failed.
        let response = try ForwardingTests.ask(client, "nix.local")
        #expect(response.responseCode == (name == "other.test" ? .serverFailure : .refused))
        for number in 0..<20 where name == "dns.test" {
          #expect(
            try ForwardingTests.ask(client, "nix\(number).local").responseCode == .refused)
        }
      }
      #expect((inner.counts.tcpQueries > 0) == (name != "other.test"))
    }
  }

  @Test(
    .enabled(if: isInstalled("curl"), "curl is not installed"), arguments: ["--http1.1", "--http2"])
  func `curl gets an answer over HTTPS`(version: String) async throws {
    try await Self.with { _, _, https, trust in
      let query = try TinyClient.query("db.default.svc.cluster.local", .a)
      let text = base64URL(query)
      let result = await LiveServer.onThread {
        let lines = run(
          "curl -sS -i \(version) --cacert \(trust) --resolve dns.test:\(https.port):127.0.0.1"
            + " 'https://dns.test:\(https.port)/dns-query?dns=\(text)' --output -"
            + " | tr -d '\\000' | head -c 300 | strings")
        #expect(lines.first?.contains("200") == true, "\(lines)")
        #expect(
          lines.contains { $0.lowercased().contains("content-type: application/dns-message") })
        #expect(lines.contains { $0.lowercased().contains("cache-control: max-age=5") })
      }
      try result.get()
    }
  }

  @Test(.enabled(if: isInstalled("dig"), "dig is not installed"), arguments: ["+tls", "+https"])
  func `dig gets an answer`(option: String) async throws {
    try await Self.with { _, tls, https, trust in
      let port = option == "+tls" ? tls.port : https.port
      let result = await LiveServer.onThread {
        let lines = run(
          "dig @127.0.0.1 -p \(port) \(option) +tls-ca=\(trust) +tries=1 +short"
            + " db.default.svc.cluster.local")
        #expect(lines == ["10.96.0.1"])
      }
      try result.get()
    }
  }
}

private func base64URL(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let piece = bytes[start..<min(start + 3, bytes.count)]
    let bits = piece.reduce(0 as UInt32) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - piece.count))
    text += String((0...piece.count).map { alphabet[Int(bits >> UInt32(18 - 6 * $0)) & 63] })
  }
  return text
}
