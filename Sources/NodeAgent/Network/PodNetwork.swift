import Glibc
import JSONTree
package import KubernetesAPI
package import Logging
import Netlink
import Synchronization

/// The network of the Node's Pods: one bridge, one pair of links for each Pod, addresses from the
/// Node's ranges, kept on disk so that none is given out while it is used.
package final class PodNetwork: Sendable {
  package static let bridgeName = "rollcall0"

  /// Where cluster DNS answers for Pods; empty if nothing does.
  package let nameServers: [IPAddress]
  private let pool: Mutex<AddressPool>
  private let path: String
  private let logger: Logger
  private let routes: RouteSocket
  private let bridge: Int32

  /// Makes the bridge, or takes over the one that is there.
  ///
  /// - Parameters:
  ///   - directory: where allocations are kept.
  ///   - nameServers: addresses of cluster DNS that the bridge carries, so that it answers there.
  /// - Throws: an error that says what could not be made.
  package init(
    ranges: [CIDR], directory: String, nameServers: [IPAddress], logger: Logger
  ) throws {
    path = directory + "/addresses.json"
    self.logger = logger
    self.nameServers = nameServers
    var pool = AddressPool(ranges: ranges)
    if let bytes = try? LinuxCall.read(path), let json = try? JSON(parsing: bytes) {
      pool.restore(json)
    }
    self.pool = Mutex(pool)
    try LinuxCall.makeDirectory(directory, mode: 0o700)
    routes = try RouteSocket()
    bridge = try Self.makeBridge(routes, pool, nameServers)
    Self.write("/proc/sys/net/ipv4/ip_forward", "1")
    if ranges.contains(where: { $0.family == .v6 }) {
      Self.write("/proc/sys/net/ipv6/conf/all/forwarding", "1")
    }
  }

  private static func makeBridge(
    _ routes: RouteSocket, _ pool: AddressPool, _ nameServers: [IPAddress]
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
    for range in pool.ranges {
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

  package var gateways: [IPAddress] { pool.withLock(\.gateways) }
  package var ranges: [CIDR] { pool.withLock(\.ranges) }

  // MARK: Addresses

  /// The addresses of a Pod, taken now if it has none; nil if a range is full.
  ///
  /// On disk before they are returned. Throws `LinuxError` if they cannot be kept.
  func take(_ uid: String) throws -> [IPAddress]? {
    try pool.withLock { pool in
      guard let addresses = pool.take(uid) else { return nil }
      try LinuxCall.replace(path, pool.json.encoded(), mode: 0o600)
      return addresses
    }
  }

  /// The addresses a Pod has, without taking any.
  func addresses(of uid: String) -> [IPAddress] { pool.withLock { $0.addresses(of: uid) } }

  func release(_ uid: String) {
    pool.withLock { pool in
      pool.release(uid)
      // What stays on disk then is an address too many, which the next start gives back.
      try? LinuxCall.replace(path, pool.json.encoded(), mode: 0o600)
    }
  }

  /// Gives back what Pods hold that are no more.
  func keepOnly(_ uids: Set<String>) {
    for holder in pool.withLock(\.holderNames).subtracting(uids) { release(holder) }
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

  /// Removes every link of ours in the calling thread's network namespace.
  ///
  /// - Returns: how many there were.
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
    return ours.count
  }
}
