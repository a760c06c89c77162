import Glibc
import KubernetesAPI
import Testing

@testable import ClusterDNS

private let isDigInstalled = access("/usr/bin/dig", X_OK) == 0

/// What BIND's own client makes of the answers.
@Suite(.timeLimit(.minutes(1)), .enabled(if: isDigInstalled, "dig is not installed"))
struct DigTests {
  static let changes: [ZoneChange] = [
    Objects.service("default", "openldap", ports: [Objects.port("ldap", 389)]),
    Objects.slice(
      "default", "openldap-a", of: "openldap", ["10.233.0.214", "10.233.9.73"],
      ports: [("ldap", 389)]),
    Objects.service("default", "big"),
    Objects.slice("default", "big", of: "big", (0..<300).map { "10.1.\($0 / 250).\($0 % 250)" }),
  ]

  /// The lines dig prints, in order.
  static func dig(_ address: SocketAddress, _ arguments: String) -> [String] {
    let command = "/usr/bin/dig @\(address.address) -p \(address.port) +tries=1 \(arguments) 2>&1"
    guard let pipe = popen(command, "r") else { return [] }
    defer { pclose(pipe) }
    var lines: [String] = []
    var buffer = [CChar](repeating: 0, count: 4096)
    while fgets(&buffer, Int32(buffer.count), pipe) != nil {
      let line = buffer.prefix { $0 != 0 && $0 != 10 }
      lines.append(String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
    return lines
  }

  @Test(arguments: [
    (
      "+short openldap.default.svc.cluster.local A", ["10.233.0.214", "10.233.9.73"]
    ),
    (
      "+short +tcp openldap.default.svc.cluster.local A", ["10.233.0.214", "10.233.9.73"]
    ),
    (
      "+short _ldap._tcp.openldap.default.svc.cluster.local SRV",
      [
        "0 100 389 10-233-0-214.openldap.default.svc.cluster.local.",
        "0 100 389 10-233-9-73.openldap.default.svc.cluster.local.",
      ]
    ),
    ("+short -x 10.233.9.73", ["10-233-9-73.openldap.default.svc.cluster.local."]),
    ("+short dns-version.cluster.local TXT", ["\"1.1.0\""]),
    (
      "+search +domain=default.svc.cluster.local +short openldap",
      ["10.233.0.214", "10.233.9.73"]
    ),
  ])
  func `dig prints the records`(arguments: String, expected: [String]) async throws {
    try await LiveServer.with(feed: LiveServer.makeFeed(Self.changes)) { server in
      #expect(Self.dig(server.addresses[0], arguments).sorted() == expected)
    }
  }

  @Test func `dig retries over TCP what UDP cannot carry, and complains of nothing`() async throws {
    try await LiveServer.with(feed: LiveServer.makeFeed(Self.changes)) { server in
      let output = Self.dig(server.addresses[0], "big.default.svc.cluster.local A")
      #expect(output.filter { $0.contains("\tA\t10.1.") }.count == 300)
      #expect(output.contains(";; Truncated, retrying in TCP mode."))
      #expect(output.contains { $0.contains("flags: qr aa rd;") })
      let negative = Self.dig(server.addresses[0], "nix.cluster.local A")
      #expect(negative.contains { $0.contains("status: NXDOMAIN") })
      #expect(negative.contains { $0.contains("SOA\tns.dns.cluster.local. hostmaster.") })
      for line in output + negative {
        // Whatever dig has to say of a broken message.
        #expect(!line.contains("WARNING: Message") && !line.contains("malformed"))
      }
    }
  }
}
