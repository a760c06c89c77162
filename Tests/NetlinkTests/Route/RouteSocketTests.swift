import KubernetesAPI
import Testing

@testable import Netlink

/// Against the kernel, in namespaces made for the test.
@Suite(.enabled(if: PrivateNetwork.isAllowed, "may not make network namespaces"))
struct RouteSocketTests {
  let namespace: NetworkNamespace
  let route: RouteSocket

  init() throws {
    namespace = try NetworkNamespace.make()
    route = try RouteSocket(in: namespace)
  }

  @Test func aNewNamespaceHasLoopbackOnly() throws {
    #expect(try route.links().map(\.name) == ["lo"])
    #expect(try route.link(named: "none") == nil)
  }

  @Test func aBridgeIsMadeChangedAndDeleted() throws {
    let bridge = try route.create("bridge", name: "rollcall-t0")
    #expect(bridge.kind == "bridge")
    #expect(!bridge.isUp)
    try route.setUp(bridge.index)
    try route.setMTU(bridge.index, 1400)
    try route.setHardwareAddress(bridge.index, [2, 1, 2, 3, 4, 5])
    let changed = try route.existing("rollcall-t0")
    #expect(changed.isUp)
    #expect(changed.mtu == 1400)
    #expect(changed.hardwareAddress == [2, 1, 2, 3, 4, 5])
    #expect(throws: NetlinkError.self) { try route.create("bridge", name: "rollcall-t0") }
    try route.setUp(bridge.index, false)
    try route.rename(bridge.index, "other")
    #expect(try route.link(named: "other")?.index == bridge.index)
    try route.deleteLink(bridge.index)
    #expect(try route.link(named: "other") == nil)
  }

  @Test func aLinkTakesAddressesOfBothFamilies() throws {
    let link = try route.create("bridge", name: "dns0")
    try route.setUp(link.index)
    let v4 = try #require(IPAddress("169.254.20.10"))
    let v6 = try #require(IPAddress("fd00::10"))
    let addresses = [
      LinkAddress(index: link.index, address: v4, prefixLength: 32),
      LinkAddress(index: link.index, address: v6, prefixLength: 128),
    ]
    for address in addresses { try route.add(address) }
    try route.add(addresses[0])  // Again: no error.
    let found = try Set(route.addresses().filter { $0.index == link.index })
    #expect(found.isSuperset(of: addresses))
    try route.remove(addresses[0])
    #expect(try !route.addresses().contains(addresses[0]))
    let error = #expect(throws: NetlinkError.self) { try route.remove(addresses[0]) }
    #expect(error?.isMissing == true)
  }

  @Test func aVethReachesIntoAnotherNamespace() throws {
    let pod = try NetworkNamespace.make()
    let bridge = try route.create("bridge", name: "br0")
    let outside = try route.createVeth(
      name: "veth1", peer: "eth0", in: .descriptor(pod.descriptor), mtu: 1280,
      peerHardwareAddress: [2, 0, 0, 0, 0, 9])
    try route.setMaster(outside.index, bridge.index)
    #expect(try route.existing("veth1").master == bridge.index)
    try route.setHairpin(outside.index)
    #expect(throws: NetlinkError.self, "no port") { try route.setHairpin(bridge.index) }
    #expect(outside.mtu == 1280)
    let inside = try RouteSocket(in: pod)
    let eth0 = try inside.existing("eth0")
    #expect(eth0.kind == "veth")
    #expect(eth0.mtu == 1280)
    #expect(eth0.hardwareAddress == [2, 0, 0, 0, 0, 9])
    try route.deleteLink(outside.index)
    #expect(try inside.link(named: "eth0") == nil)
  }

  @Test func routesAreAddedListedAndRemoved() throws {
    let link = try route.create("bridge", name: "d0")
    try route.setUp(link.index)
    let address = try #require(IPAddress("10.1.2.3"))
    try route.add(LinkAddress(index: link.index, address: address, prefixLength: 24))
    let gateway = try #require(IPAddress("10.1.2.1"))
    let added = Route(try #require(CIDR("0.0.0.0/0")), gateway: gateway, index: link.index)
    try route.add(added)
    #expect(try route.routes(.v4).contains { $0 == added })
    let local = Route(
      try #require(CIDR("10.96.0.0/12")), index: link.index, kind: .local)
    try route.add(local)
    #expect(try route.routes(.v4).contains { $0.destination == local.destination })
    try route.remove(local)
    try route.remove(added)
    #expect(try !route.routes(.v4).contains { $0 == added || $0 == local })
    let sixth = Route(try #require(CIDR("fd01::/64")), index: link.index)
    try route.add(sixth)
    #expect(try route.routes(.v6).contains { $0.destination == sixth.destination })
  }

  @Test func neighboursAreAddedListedAndRemoved() throws {
    let link = try route.create("bridge", name: "d0")
    try route.setUp(link.index)
    let neighbour = Neighbour(
      index: link.index, address: try #require(IPAddress("10.1.2.9")),
      hardwareAddress: [2, 0, 0, 0, 0, 1])
    try route.add(neighbour)
    #expect(try route.neighbours().contains(neighbour))
    try route.remove(neighbour)
    #expect(try !route.neighbours().contains(neighbour))
  }

  @Test func theKernelSaysWhatItRefuses() throws {
    let error = #expect(throws: NetlinkError.self) { try route.create("nonsense", name: "x0") }
    #expect(error?.number != nil)
    #expect(throws: NetlinkError.self) {
      try route.create("bridge", name: "a-name-longer-than-fifteen")
    }
    #expect(throws: NetlinkError.self) { try route.setUp(4_000_000) }
  }

  @Test func manyLinksAreListedWhole() throws {
    for number in 0..<64 { try route.create("bridge", name: "d\(number)") }
    #expect(try route.links().count == 65)
  }

  @Test func aGroupTellsOfChanges() throws {
    let listener = try namespace.run { () throws(NetlinkError) in
      try NetlinkSocket(.route, receiveBuffer: 1 << 20)
    }
    try listener.join(.links)
    try route.create("bridge", name: "news")
    let heard = try listener.receive().compactMap { Link($0) }
    #expect(heard.contains { $0.name == "news" })
  }

  @Test func aSocketThatHearsNothingGivesUp() throws {
    let quiet = try namespace.run { () throws(NetlinkError) in
      try NetlinkSocket(.route, timeout: 1)
    }
    let error = #expect(throws: NetlinkError.self) { try quiet.receive() }
    #expect(error?.code == .timedOut)
  }

  @Test func aBatchTellsWhichMessageFailed() throws {
    var ok = Link.header()
    ok.attribute(Link.Attribute.name, string: "b0")
    ok.nested(Link.Attribute.linkInfo) { $0.attribute(Link.Attribute.infoKind, string: "bridge") }
    let make = NetlinkMessage(
      type: Link.newLink, flags: [.create, .exclusive, .acknowledge], payload: ok)
    let outcomes = try route.socket.perform(batch: [make, make], "twice")
    #expect(outcomes.map { $0?.isExisting ?? false } == [false, true])
  }
}
