import KubernetesAPI
import Testing

@testable import ServiceProxy

/// What becomes of packets, from objects to the tables.
struct BehaviourTests {
  private let two = Make.slice([
    Make.endpoint("10.1.0.1", node: "here"), Make.endpoint("10.1.0.2"),
  ])

  private var podRanges: TableSettings {
    TableSettings(podRanges: [CIDR("10.1.0.0/16")].compactMap { $0 })
  }

  @Test func aClusterIPReachesEveryEndpointWithTheSourceKept() throws {
    var world = try ProxyWorld()
    try world.set(Make.service(), slices: [two])
    #expect(
      try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80)
        == [.to("10.1.0.1"), .to("10.1.0.2")])
    #expect(try world.outcomes(from: "10.1.0.9", to: "10.9.9.9", 80) == [.untouched])
  }

  @Test func aPodThatReachesItselfComesWithTheNodesAddress() throws {
    var world = try ProxyWorld()
    try world.set(Make.service(), slices: [two])
    #expect(
      try world.outcomes(from: "10.1.0.1", to: "10.96.0.10", 80)
        == [.to("10.1.0.1", masqueraded: true), .to("10.1.0.2")])
  }

  @Test func sourcesOutsideThePodRangesAreMasquerade() throws {
    var world = try ProxyWorld(settings: podRanges)
    try world.set(Make.service(), slices: [Make.slice([Make.endpoint("10.1.0.2")])])
    #expect(try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80) == [.to("10.1.0.2")])
    #expect(
      try world.outcomes(from: "198.51.100.7", to: "10.96.0.10", 80)
        == [.to("10.1.0.2", masqueraded: true)])
  }

  @Test func aServiceWithoutEndpointsRefusesAndUnknownPortsToo() throws {
    var world = try ProxyWorld()
    try world.set(Make.service())
    #expect(
      try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80) == [.rejected(by: "reject")])
    #expect(
      try world.outcomes(from: "192.0.2.1", to: "10.96.0.10", 81) == [.rejected(by: "reject")])
    try world.remove("web")
    #expect(try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80) == [.untouched])
  }

  private func nodePort(_ policy: Service.Traffic.Policy) -> Service {
    Make.service(
      type: .nodePort, ports: [Service.Port(port: 80, nodePort: 30_080)]
    ) { $0.traffic.externalPolicy = policy }
  }

  @Test func nodePortsWithPolicyClusterReachAllAndMasquerade() throws {
    var world = try ProxyWorld()
    try world.set(nodePort(.cluster), slices: [two])
    let all: Set<PacketTracer.Outcome> = [
      .to("10.1.0.1", masqueraded: true), .to("10.1.0.2", masqueraded: true),
    ]
    #expect(try world.outcomes(from: "198.51.100.7", to: "192.0.2.1", 30_080) == all)
    #expect(try world.outcomes(from: "192.0.2.1", to: "192.0.2.1", 30_080) == all)
    #expect(try world.outcomes(from: "198.51.100.7", to: "192.0.2.9", 30_080) == [.untouched])
    #expect(try world.outcomes(from: "198.51.100.7", to: "192.0.2.1", 30_081) == [.untouched])
  }

  @Test func nodePortsWithPolicyLocalKeepTheSourceAndStayHere() throws {
    var world = try ProxyWorld(settings: podRanges)
    try world.set(nodePort(.local), slices: [two])
    #expect(
      try world.outcomes(from: "198.51.100.7", to: "192.0.2.1", 30_080) == [.to("10.1.0.1")])
    // Clients inside the cluster reach every endpoint.
    #expect(
      try world.outcomes(from: "10.1.0.9", to: "192.0.2.1", 30_080)
        == [.to("10.1.0.1"), .to("10.1.0.2")])
    #expect(
      try world.outcomes(from: "192.0.2.1", to: "192.0.2.1", 30_080)
        == [.to("10.1.0.1", masqueraded: true), .to("10.1.0.2", masqueraded: true)])
  }

  @Test func policyLocalDropsOutsidersWithoutALocalEndpoint() throws {
    var world = try ProxyWorld(settings: podRanges)
    try world.set(nodePort(.local), slices: [Make.slice([Make.endpoint("10.1.0.2")])])
    #expect(
      try world.outcomes(from: "198.51.100.7", to: "192.0.2.1", 30_080)
        == [.dropped(by: "unserved")])
    #expect(try world.outcomes(from: "10.1.0.9", to: "192.0.2.1", 30_080) == [.to("10.1.0.2")])
  }

  @Test func internalPolicyLocalDropsWithoutALocalEndpoint() throws {
    var world = try ProxyWorld()
    let service = Make.service { $0.traffic.internalPolicy = .local }
    try world.set(service, slices: [two])
    #expect(try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80) == [.to("10.1.0.1")])
    try world.set(service, slices: [Make.slice([Make.endpoint("10.1.0.2")])])
    #expect(
      try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80) == [.dropped(by: "unserved")])
  }

  private func balanced(_ edit: (inout Service) -> Void = { _ in }) -> Service {
    Make.service(type: .loadBalancer) {
      $0.externalIPs = ["203.0.113.5"]
      $0.traffic.virtualAddresses = ["203.0.113.10"]
      edit(&$0)
    }
  }

  @Test func sourceRangesGuardTheLoadBalancerOnly() throws {
    var world = try ProxyWorld()
    try world.set(
      balanced { $0.traffic.sourceRanges = ["198.51.100.0/25", "198.51.100.0/24", "10.0.0.0/8"] },
      slices: [two])
    let all: Set<PacketTracer.Outcome> = [
      .to("10.1.0.1", masqueraded: true), .to("10.1.0.2", masqueraded: true),
    ]
    #expect(try world.outcomes(from: "198.51.100.200", to: "203.0.113.10", 80) == all)
    #expect(
      try world.outcomes(from: "198.51.101.1", to: "203.0.113.10", 80)
        == [.dropped(by: "firewall")])
    #expect(try world.outcomes(from: "198.51.101.1", to: "203.0.113.5", 80) == all)
  }

  @Test(arguments: [("10.96.0.10", UInt16(80)), ("203.0.113.10", 80), ("192.0.2.1", 30_080)])
  func whatConntrackCannotReadIsDroppedOnTheWayIn(address: String, port: UInt16) throws {
    var world = try ProxyWorld()
    var service = balanced()
    service.ports[0].nodePort = 30_080
    try world.set(service, slices: [two])
    #expect(
      try world.outcomes(from: "198.51.100.7", to: address, port, state: .invalid)
        == [.dropped(by: "untranslatable")])
  }

  @Test func whatConntrackCannotReadIsDroppedOnTheWayBackButNotForOthers() throws {
    var world = try ProxyWorld()
    try world.set(Make.service(), slices: [two])
    func back(_ source: String, _ port: UInt16) throws -> Set<PacketTracer.Outcome> {
      world.outcomes(
        .init(
          from: try Make.address(source), port, to: try Make.address("198.51.100.7"), 4000, .tcp,
          state: .invalid))
    }
    #expect(try back("10.1.0.1", 8080) == [.dropped(by: "untranslatable")])
    #expect(try back("10.1.0.1", 9090) == [.untouched])
    #expect(try back("10.1.0.77", 8080) == [.untouched])
  }

  @Test func bothFamiliesWork() throws {
    var world = try ProxyWorld()
    try world.set(
      Make.service(ip: ["fd00::10", "10.96.0.10"]),
      slices: [two, Make.slice([Make.endpoint("fd01::1")], name: "web-6", family: .ipv6)])
    #expect(try world.outcomes(from: "fd01::9", to: "fd00::10", 80) == [.to("fd01::1")])
    #expect(
      try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80)
        == [.to("10.1.0.1"), .to("10.1.0.2")])
  }

  @Test func aSliceRelabelledToAnotherServiceStopsServingTheFirst() throws {
    var world = try ProxyWorld()
    try world.set(
      Make.service(), Make.service("other", ip: ["10.96.0.11"]),
      slices: [Make.slice([Make.endpoint("10.1.0.1")], name: "s")])
    try world.set(slices: [Make.slice([Make.endpoint("10.1.0.1")], of: "other", name: "s")])
    #expect(
      try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80) == [.rejected(by: "reject")])
    #expect(try world.outcomes(from: "10.1.0.9", to: "10.96.0.11", 80) == [.to("10.1.0.1")])
  }

  @Test func oneChangedEndpointChangesOnlyItsElements() throws {
    var world = try ProxyWorld()
    let addresses = (1...50).map { "10.1.1.\($0)" }
    try world.set(Make.service(), slices: [Make.slice(addresses.map { Make.endpoint($0) })])
    var changed = addresses
    changed[0] = "10.1.9.9"
    let slice = Make.slice(changed.map { Make.endpoint($0) })
    world.model.set(slice.key, slice)
    // Its slot and its own address, out and in.
    #expect(try world.sync().elementCount == 4)
  }

  @Test func aPacketUnderWayWhileEndpointsBecomeFewerFindsOne() throws {
    var world = try ProxyWorld()
    try world.set(
      Make.service(),
      slices: [Make.slice((1...3).map { Make.endpoint("10.1.0.\($0)") })])
    // The rules as they were, the elements as they are after the change.
    let frontend = Frontend(address: try Make.address("10.96.0.10"), transport: .tcp, port: 80)
    var change = TableTransaction()
    change.append(
      .deleteElements(
        .v4, .endpoints,
        [1, 2].map { slot in
          var key = SetKey.frontend(frontend)
          SetKey.append(slot: slot, to: &key)
          return SetElement(key)
        }))
    try world.tables.commit(change)
    #expect(try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80) == [.to("10.1.0.1")])
  }

  @Test func chainsAreThereBeforeAnythingLeadsToThem() throws {
    var world = try ProxyWorld()
    let service = Make.service { $0.traffic.affinityTimeout = 100 }
    world.model.set(service.key, service)
    world.model.set(two.key, two)
    let parts = world.program.plan(world.model.takeChanges()).transaction.chainsFirst()
    #expect(parts.map(\.elementCount).first == 0)
    for part in parts { try world.tables.commit(part) }
    #expect(
      try world.outcomes(from: "10.1.0.9", to: "10.96.0.10", 80)
        == [.to("10.1.0.1"), .to("10.1.0.2")])
  }

  @Test func aServiceMadeAnewLosesWhatAnOtherHadClaimedBefore() throws {
    func claimant(_ name: String, _ host: Int, created: Int64) -> Service {
      Make.service(name, ip: ["10.96.0.\(host)"]) {
        $0.externalIPs = ["203.0.113.5"]
        $0.metadata.creationTimestamp = Timestamp(seconds: created)
      }
    }
    var world = try ProxyWorld()
    try world.set(
      claimant("a", 11, created: 1), claimant("b", 12, created: 2),
      slices: [
        Make.slice([Make.endpoint("10.1.0.1")], of: "a"),
        Make.slice([Make.endpoint("10.1.0.2")], of: "b"),
      ])
    func outside() throws -> Set<PacketTracer.Outcome> {
      try world.outcomes(from: "198.51.100.7", to: "203.0.113.5", 80)
    }
    #expect(try outside() == [.to("10.1.0.1", masqueraded: true)])
    // Deleted and made again between two syncs, with nothing else changed.
    try world.set(claimant("a", 11, created: 3))
    #expect(try outside() == [.to("10.1.0.2", masqueraded: true)])
  }
}
