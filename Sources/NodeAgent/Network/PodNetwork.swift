import Glibc
import JSONTree
package import KubernetesAPI
package import Logging
import Netlink
import Synchronization

/// Why a Node's network cannot be had.
package enum PodNetworkError: Error, CustomStringConvertible {
  /// Another agent of ours has this network namespace.
  case isTaken

  package var description: String {
    "another rollcall runs the Pods of this machine's network"
  }
}

/// The network of the Node's Pods: one bridge, one pair of links for each Pod, addresses from the
/// Node's ranges and ports of the Node, kept on disk so that none is given out while it is used.
package final class PodNetwork: Sendable {
  package static let bridgeName = "rollcall0"

  private struct State: Sendable {
    var pool: AddressPool
    var ports = HostPorts()

    var json: JSON {
      var json = pool.json
      json["ports"] = ports.json
      return json
    }

    var mappings: [PodTables.Mapping] {
      ports.claims.map { holder, claims in
        PodTables.Mapping(claims: claims, addresses: pool.addresses(of: holder))
      }
    }
  }

  /// Where cluster DNS answers for Pods; empty if nothing does.
  package let nameServers: [IPAddress]
  package let ranges: [CIDR]
  private let clusterRanges: [CIDR]
  private let state: Mutex<State>
  private let path: String
  private let logger: Logger
  private let routes: RouteSocket
  private let filters: FilterSocket
  private let bridge: Int32
  private let lock: NodeLock

  /// Makes the bridge, or takes over the one that is there.
  ///
  /// - Parameters:
  ///   - clusterRanges: addresses of Pods on other Nodes, to which a Pod's source address is left.
  ///   - directory: where allocations are kept.
  ///   - nameServers: addresses of cluster DNS that the bridge carries, so that it answers there.
  /// - Throws: an error that says what could not be made.
  package init(
    ranges: [CIDR], clusterRanges: [CIDR] = [], directory: String, nameServers: [IPAddress],
    logger: Logger
  ) throws {
    path = directory + "/addresses.json"
    self.logger = logger
    self.nameServers = nameServers
    self.ranges = ranges
    self.clusterRanges = clusterRanges
    var state = State(pool: AddressPool(ranges: ranges))
    if let bytes = try? LinuxCall.read(path), let json = try? JSON(parsing: bytes) {
      state.pool.restore(json)
      state.ports.restore(json["ports"] ?? [:])
    }
    try LinuxCall.makeDirectory(directory, mode: 0o700)
    lock = try Self.takeLock()
    let leftovers = try NodeLeftovers.end(except: directory + "/pods")
    if leftovers > 0 {
      logger.notice("ended Pods of a run that crashed", metadata: ["count": "\(leftovers)"])
    }
    routes = try RouteSocket()
    filters = try FilterSocket()
    bridge = try Self.makeBridge(routes, ranges, nameServers)
    let mappings = state.mappings
    self.state = Mutex(state)
    Self.write("/proc/sys/net/ipv4/ip_forward", "1")
    if ranges.contains(where: { $0.family == .v6 }) {
      Self.write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
    }
    do throws(NetlinkError) {
      try setTables(mappings)
      // Only now, as the tables keep Pods off the Node's loopback addresses.
      Self.write("/proc/sys/net/ipv4/conf/\(Self.bridgeName)/route_localnet", "1")
    } catch {
      logger.warning(
        "Pods reach no other network, and no port of the Node leads to them",
        metadata: ["error": "\(error)"])
    }
  }

  private static func takeLock() throws -> NodeLock {
    do throws(LinuxError) {
      return try NodeLock()
    } catch {
      if error.number == EADDRINUSE { throw PodNetworkError.isTaken }
      throw error
    }
  }

  private static func makeBridge(
    _ routes: RouteSocket, _ ranges: [CIDR], _ nameServers: [IPAddress]
  ) throws(NetlinkError) -> Int32 {
    let known = try routes.link(named: bridgeName)
    let bridge: Link
    if let known { bridge = known } else { bridge = try routes.create("bridge", name: bridgeName) }
    let disabled = "/proc/sys/net/ipv6/conf/\(bridgeName)/accept_dad"
    write(disabled, "0")
    try routes.setUp(bridge.index)
    if let loopback = try routes.link(named: "lo"), !loopback.isUp {
      try routes.setUp(loopback.index)
    }
    for range in ranges {
      guard let gateway = range.address(at: 1) else { continue }
      try routes.add(
        LinkAddress(
          index: bridge.index, address: gateway, prefixLength: range.prefixLength))
    }
    for server in nameServers {
      try routes.add(
        LinkAddress(
          index: bridge.index, address: server, prefixLength: server.family == .v4 ? 32 : 128))
    }
    return bridge.index
  }

  private static func write(_ path: String, _ text: String) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
    close(descriptor)
  }

  package var gateways: [IPAddress] { ranges.compactMap { $0.address(at: 1) } }

  /// The Node's own addresses, one of each family its Pods have: those of the links its default
  /// routes go by, else the bridge's.
  package func nodeAddresses() -> [IPAddress] {
    let addresses = (try? routes.addresses()) ?? []
    return ranges.compactMap { range in
      let ways = (try? routes.routes(range.family)) ?? []
      for way in ways where way.destination.prefixLength == 0 && way.kind == .unicast {
        let own = addresses.first { $0.index == way.index && isForOthers($0.address, range) }
        if let address = way.source ?? own?.address { return address }
      }
      return range.address(at: 1)
    }
  }

  private func isForOthers(_ address: IPAddress, _ range: CIDR) -> Bool {
    address.family == range.family && !address.isLinkLocalUnicast && !address.isLoopback
  }

  // MARK: Addresses and ports

  /// The addresses of a Pod, taken now if it has none; nil if a range is full.
  ///
  /// On disk before they are returned. Throws `LinuxError` if they cannot be kept.
  func take(_ uid: String) throws -> [IPAddress]? {
    try state.withLock { state in
      guard let addresses = state.pool.take(uid) else { return nil }
      try LinuxCall.replace(path, state.json.encoded(), mode: 0o600)
      return addresses
    }
  }

  /// Takes ports of the Node for a Pod; false if another has one of them.
  ///
  /// On disk before it returns. Throws `LinuxError` if they cannot be kept.
  func claim(_ uid: String, _ ports: [HostPortClaim]) throws -> Bool {
    try state.withLock { state in
      let before = state.ports
      guard state.ports.claim(uid, ports) else { return false }
      if state.ports != before {
        try LinuxCall.replace(path, state.json.encoded(), mode: 0o600)
      }
      return true
    }
  }

  /// The addresses a Pod has, without taking any.
  func addresses(of uid: String) -> [IPAddress] {
    state.withLock { $0.pool.addresses(of: uid) }
  }

  func release(_ uid: String) {
    state.withLock { state in
      let claims = state.ports.claims[uid] ?? []
      state.ports.release(uid)
      // Nothing is sent to an address that may be another's next.
      if !claims.isEmpty { lead(claims, state.mappings) }
      state.pool.release(uid)
      // What stays on disk then is an address too many, which the next start gives back.
      try? LinuxCall.replace(path, state.json.encoded(), mode: 0o600)
    }
  }

  /// Gives back what Pods hold that are no more.
  func keepOnly(_ uids: Set<String>) {
    let holders = state.withLock { $0.pool.holderNames.union($0.ports.claims.keys) }
    for holder in holders.subtracting(uids) { release(holder) }
  }

  // MARK: Tables

  private func setTables(_ mappings: [PodTables.Mapping]) throws(NetlinkError) {
    try filters.replace(
      PodTables.tables(
        bridge: Self.bridgeName, ranges: ranges, clusterRanges: clusterRanges, mappings: mappings))
  }

  /// Makes the ports of a connected Pod lead to it.
  private func openPorts(_ uid: String) throws(NetlinkError) {
    try state.withLock { state throws(NetlinkError) in
      guard let claims = state.ports.claims[uid] else { return }
      try setTables(state.mappings)
      forget(claims)
    }
  }

  private func lead(_ changed: [HostPortClaim], _ mappings: [PodTables.Mapping]) {
    do throws(NetlinkError) {
      try setTables(mappings)
      forget(changed)
    } catch {
      logger.warning("cannot close a Pod's ports", metadata: ["error": "\(error)"])
    }
  }

  /// A UDP connection made before a port changed hands would go on to where it went.
  private func forget(_ claims: [HostPortClaim]) {
    let ports = Set(claims.filter { $0.port.transport == .udp }.map(\.port.port))
    guard !ports.isEmpty else { return }
    for range in ranges {
      do throws(NetlinkError) {
        try filters.forgetConnections(to: ports, .udp, range.family)
      } catch {
        logger.debug("cannot end UDP connections", metadata: ["error": "\(error)"])
      }
    }
  }

  // MARK: Links

  /// The name of a Pod's link on the Node: unique, and short enough.
  static func linkName(_ uid: String) -> String {
    // FNV-1a: 40 bits of it tell the Pods of one Node apart.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in uid.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return "rollc" + String(hash >> 24, radix: 16).suffix(10)
  }

  /// Connects a sandbox: a link `eth0` with the Pod's addresses and default routes.
  ///
  /// - Parameter process: the sandbox.
  func connect(_ uid: String, process: Int32, addresses: [IPAddress]) throws {
    let namespace = try NetworkNamespace(path: "/proc/\(process)/ns/net")
    let inside = try RouteSocket(in: namespace)
    if try inside.link(named: "eth0") != nil { return }
    let name = Self.linkName(uid)
    if let stale = try routes.link(named: name) { try routes.deleteLink(stale.index) }
    let outside = try routes.createVeth(
      name: name, peer: "eth0", in: .descriptor(namespace.descriptor))
    try routes.setMaster(outside.index, bridge)
    try routes.setHairpin(outside.index)
    try routes.setUp(outside.index)
    try inside.setUp(try inside.existing("lo").index)
    let link = try inside.existing("eth0")
    try inside.setUp(link.index)
    for (address, range) in zip(addresses, ranges) {
      try inside.add(
        LinkAddress(index: link.index, address: address, prefixLength: range.prefixLength))
      guard let gateway = range.address(at: 1),
        let everything = CIDR(range.family == .v4 ? "0.0.0.0/0" : "::/0")
      else { continue }
      try inside.add(Route(everything, gateway: gateway, index: link.index))
    }
    try openPorts(uid)
  }

  func disconnect(_ uid: String) {
    do throws(NetlinkError) {
      if let link = try routes.link(named: Self.linkName(uid)) {
        try routes.deleteLink(link.index)
      }
    } catch  where error.isMissing {
    } catch {
      logger.warning("cannot remove a Pod's link", metadata: ["error": "\(error)"])
    }
  }

  /// Removes every link and table of ours in the calling thread's network namespace.
  ///
  /// - Returns: how many links there were.
  package static func removeAll() throws -> Int {
    let routes = try RouteSocket()
    let ours = try routes.links().filter {
      $0.name == bridgeName || $0.name.hasPrefix("rollc") && $0.kind == "veth"
    }
    for link in ours {
      do throws(NetlinkError) {
        try routes.deleteLink(link.index)
      } catch {
        // Missing: it went with its other end.
        if !error.isMissing { throw error }
      }
    }
    do throws(NetlinkError) {
      try FilterSocket().remove(PodTables.empty)
    } catch {
      // Without the rights, or in a kernel without nftables, none were made, unless by another.
      if error.isPermissionDenied, !ours.isEmpty { throw error }
    }
    return ours.count
  }
}
