import KubernetesAPI

/// The nftables table that keeps DNS on a node out of connection tracking: two lookups from one
/// socket would race for one entry, and lose a packet; and each would cost an entry for its time.
enum NotrackTable {
  static let name = "rollcall_dns"

  /// The input of `nft -f` that makes the table, in place of any there is.
  static func text(_ addresses: [SocketAddress]) -> String {
    let to = addresses.flatMap { rules($0, "daddr", "dport") }
    let from = addresses.flatMap { rules($0, "saddr", "sport") }
    // Queries come in from Pods' links, or leave from processes of the node itself; what is local
    // passes both hooks. Responses leave.
    let incoming = chain("prerouting", to + from)
    let outgoing = chain("output", to + from)
    return removal + "table inet \(name) {\n\(incoming)\(outgoing)}\n"
  }

  /// The input that removes the table, whether there is one or not.
  static let removal = "table inet \(name)\ndelete table inet \(name)\n"

  private static func rules(_ address: SocketAddress, _ side: String, _ port: String) -> [String] {
    let family = address.address.family == .v4 ? "ip" : "ip6"
    return ["udp", "tcp"].map {
      "\(family) \(side) \(address.address) \($0) \(port) \(address.port) notrack"
    }
  }

  private static func chain(_ hook: String, _ rules: [String]) -> String {
    let lines = rules.map { "    \($0)\n" }.joined()
    return
      "  chain \(hook) {\n    type filter hook \(hook) priority raw; policy accept;\n\(lines)  }\n"
  }
}
