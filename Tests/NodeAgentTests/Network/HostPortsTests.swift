import JSONTree
import KubernetesAPI
import Netlink
import Testing

@testable import NodeAgent

struct HostPortsTests {
  private func claim(
    _ port: UInt16, _ transport: TransportProtocol = .tcp, on address: String = "", to: UInt16 = 80
  ) -> HostPortClaim {
    HostPortClaim(
      port: PodScheduling.HostPort(address: address, transport: transport, port: port),
      containerPort: to)
  }

  @Test func aPortHasOneHolder() {
    var ports = HostPorts()
    var outcomes = [ports.claim("a", [claim(8080)])]
    outcomes.append(ports.claim("a", [claim(8080)]))  // Its own, again.
    outcomes.append(ports.claim("b", [claim(9090), claim(8080)]))
    #expect(outcomes == [true, true, false])
    #expect(ports.claims["b"] == nil, "nothing is taken")
    outcomes = [ports.claim("c", [claim(8080, .udp)])]
    ports.release("a")
    outcomes.append(ports.claim("b", [claim(9090), claim(8080)]))
    #expect(outcomes == [true, true])
  }

  @Test(arguments: [
    ("127.0.0.1", "127.0.0.2", true), ("127.0.0.1", "", false), ("0.0.0.0", "127.0.0.1", false),
    ("::", "192.0.2.1", false), ("192.0.2.1", "192.0.2.1", false),
  ])
  func addressesKeepPortsApart(first: String, second: String, isFree: Bool) {
    var ports = HostPorts()
    let outcomes = [
      ports.claim("a", [claim(53, .udp, on: first)]),
      ports.claim("b", [claim(53, .udp, on: second)]),
    ]
    #expect(outcomes == [true, isFree])
  }

  @Test func aRestartForgetsNothing() throws {
    var ports = HostPorts()
    _ = ports.claim("a", [claim(8080, on: "127.0.0.1", to: 1), claim(53, .udp, to: 5353)])
    _ = ports.claim("b", [claim(443)])
    var restarted = HostPorts()
    restarted.restore(try JSON(parsing: ports.json.encoded()))
    #expect(restarted == ports)
  }

  @Test func aPodsContainersSayWhatItTakes() {
    let pod = AgentPod(json: [
      "spec": [
        "containers": [
          ["ports": [["containerPort": 80, "hostPort": 8080], ["containerPort": 81]]],
          [
            "ports": [
              ["containerPort": 53, "hostPort": 53, "protocol": "UDP", "hostIP": "127.0.0.1"]
            ]
          ],
        ]
      ]
    ])
    #expect(
      HostPorts.claims(of: pod) == [claim(8080), claim(53, .udp, on: "127.0.0.1", to: 53)])
  }

  @Test func eachFamilyGetsTheMappingsThatConcernIt() throws {
    let ranges = try ["10.244.0.0/24", "fd00:10:244::/64"].map { try #require(CIDR($0)) }
    let mapping = PodTables.Mapping(
      claims: [claim(8080), claim(53, .udp, on: "127.0.0.1"), claim(54, .udp, on: "::")],
      addresses: [.v4(0x0AF4_0005), .v6(high: 0xFD00_0010_0244_0000, low: 5)])
    let tables = PodTables.tables(
      bridge: "rollcall0", ranges: ranges, clusterRanges: [], mappings: [mapping])
    #expect(tables.map(\.family) == [.v4, .v6])
    let key: [UInt8] = [6, 0, 0, 0, 0x1F, 0x90, 0, 0]
    let fourth = tables[0].lookups
    #expect(
      fourth[0].elements == [
        [127, 0, 0, 1, 17, 0, 0, 0, 0, 53, 0, 0]: [10, 244, 0, 5, 0, 80, 0, 0]
      ])
    #expect(fourth[1].elements == [key: [10, 244, 0, 5, 0, 80, 0, 0]])
    #expect(Set(tables[1].lookups[1].elements.keys) == [key, [17, 0, 0, 0, 0, 54, 0, 0]])
    #expect(tables[1].lookups[0].elements.isEmpty)
  }

  @Test func onlyOtherNetworksSeeTheNodesAddress() throws {
    let range = try #require(CIDR("10.244.1.0/24"))
    let cluster = try #require(CIDR("10.244.0.0/16"))
    let table = try #require(
      PodTables.tables(
        bridge: "rollcall0", ranges: [range], clusterRanges: [cluster], mappings: []
      ).first)
    let outbound = try #require(table.chains.first { $0.name == "outbound" })
    #expect(outbound.rules.first == [.destinationIn(cluster), .verdict(.returns)])
    #expect(outbound.rules.last == [.masquerade])
    let hook = try #require(table.chains.first { $0.name == "nat-postrouting" })
    #expect(hook.rules.contains([.sourceIn(range), .verdict(.jump("outbound"))]))
  }
}
