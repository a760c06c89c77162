import Glibc
import KubernetesAPI
import Testing

@testable import Netlink

/// Against the kernel, in namespaces made for the test: the tables must do what they say.
@Suite(.enabled(if: PrivateNetwork.isAllowed, "may not make network namespaces"))
struct FilterSocketTests {
  let namespace: NetworkNamespace
  let filters: FilterSocket

  init() throws {
    namespace = try NetworkNamespace.make()
    filters = try FilterSocket(in: namespace)
    let route = try RouteSocket(in: namespace)
    try route.setUp(try route.existing("lo").index)
  }

  /// Sends what comes to one port of loopback to another.
  private func table(_ family: IPAddress.Family, from: UInt16, to: UInt16) -> FilterTable {
    let loopback: IPAddress = family == .v4 ? .v4(0x7F00_0001) : .v6(high: 0, low: 1)
    var (key, value): ([UInt8], [UInt8]) = ([], [])
    FilterTable.append(.udp, to: &key)
    FilterTable.append(port: from, to: &key)
    FilterTable.append(loopback, to: &value)
    FilterTable.append(port: to, to: &value)
    return FilterTable(
      "rollcall-test", family: family,
      lookups: [
        .init("ports", key: [.transport, .destinationPort], isMap: true, elements: [key: value])
      ],
      chains: [
        .init(
          "nat-output", hook: .init(.nat, .output, -99),
          rules: [[.destinationIsLocal, .translate("ports", [.transport, .destinationPort])]])
      ])
  }

  @Test(arguments: IPAddress.Family.allCases)
  func aPortLeadsWhereTheMapSays(family: IPAddress.Family) throws {
    try filters.replace([table(family, from: 5001, to: 6001)])
    #expect(try namespace.run { Loopback(family).send(to: 5001, receivedAt: 6001) })
    #expect(try namespace.run { !Loopback(family).send(to: 5002, receivedAt: 6001) })
    try filters.replace([table(family, from: 5002, to: 6001)])
    #expect(try namespace.run { Loopback(family).send(to: 5002, receivedAt: 6001) })
    #expect(try namespace.run { !Loopback(family).send(to: 5001, receivedAt: 6001) })
    try filters.remove([table(family, from: 5002, to: 6001)])
    try filters.remove([table(family, from: 5002, to: 6001)])  // Again: no error.
    #expect(try namespace.run { !Loopback(family).send(to: 5002, receivedAt: 6001) })
  }

  @Test func aConnectionGoesOnWhereItWentUntilItIsForgotten() throws {
    try filters.replace([table(.v4, from: 5001, to: 6001)])
    let filters = filters
    let tables = [table(.v4, from: 5001, to: 6002)]
    let found = try namespace.run { () throws(NetlinkError) -> [Bool] in
      let loopback = Loopback(.v4)
      let client = loopback.socket(port: nil)
      defer { close(client) }
      let first = loopback.send(to: 5001, from: client, receivedAt: 6001)
      try filters.replace(tables)
      let stale = loopback.send(to: 5001, from: client, receivedAt: 6001)
      try filters.forgetConnections(to: [5001], .udp, .v4)
      let fresh = loopback.send(to: 5001, from: client, receivedAt: 6002)
      return [first, stale, fresh]
    }
    #expect(found == [true, true, true])
  }

  @Test func aSourceRangeIsDropped() throws {
    let loopback = try #require(CIDR("127.0.0.0/8"))
    let rule: [FilterStatement] = [.inputLink("lo"), .sourceIn(loopback), .verdict(.drop)]
    let chain = FilterTable.Chain(
      "filter", hook: .init(.filter, .prerouting, -110), rules: [rule])
    #expect(try namespace.run { Loopback(.v4).send(to: 6001, receivedAt: 6001) })
    try filters.replace([FilterTable("rollcall-test", family: .v4, chains: [chain])])
    #expect(try namespace.run { !Loopback(.v4).send(to: 6001, receivedAt: 6001) })
  }
}

/// Datagrams from loopback to loopback.
private struct Loopback {
  let address: IPAddress

  init(_ family: IPAddress.Family) {
    address = family == .v4 ? .v4(0x7F00_0001) : .v6(high: 0, low: 1)
  }

  /// A UDP socket; the caller closes it.
  func socket(port: UInt16?) -> Int32 {
    let domain = address.family == .v4 ? AF_INET : AF_INET6
    let descriptor = Glibc.socket(domain, Int32(SOCK_DGRAM.rawValue), 0)
    if let port { _ = withAddress(port) { Int(bind(descriptor, $0, $1)) } }
    return descriptor
  }

  /// Whether a byte sent to one port arrives at another, on which this listens.
  func send(to port: UInt16, receivedAt other: UInt16) -> Bool {
    let client = socket(port: nil)
    defer { close(client) }
    return send(to: port, from: client, receivedAt: other)
  }

  func send(to port: UInt16, from client: Int32, receivedAt other: UInt16) -> Bool {
    let server = socket(port: other)
    defer { close(server) }
    guard withAddress(port, { sendto(client, "x", 1, 0, $0, $1) }) == 1 else { return false }
    var polled = pollfd(fd: server, events: Int16(POLLIN), revents: 0)
    // Loopback delivers within the call that sends: what is not there now does not come.
    return poll(&polled, 1, 50) == 1
  }

  private func withAddress(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int
  ) -> Int {
    // struct sockaddr_in and sockaddr_in6, written byte by byte.
    var bytes: [UInt8] = []
    withUnsafeBytes(of: UInt16(address.family == .v4 ? AF_INET : AF_INET6)) { bytes += $0 }
    withUnsafeBytes(of: port.bigEndian) { bytes += $0 }
    bytes += address.family == .v4 ? [] : [0, 0, 0, 0]
    bytes += address.bytes + [UInt8](repeating: 0, count: address.family == .v4 ? 8 : 4)
    return bytes.withUnsafeBytes { raw in
      raw.withMemoryRebound(to: sockaddr.self) { pointer in
        guard let base = pointer.baseAddress else { return -1 }
        return body(base, socklen_t(raw.count))
      }
    }
  }
}
