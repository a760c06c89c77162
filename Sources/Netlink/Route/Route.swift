package import KubernetesAPI

/// A route of the main table, or of the local one.
package struct Route: Sendable, Hashable {
  package enum Kind: UInt8, Sendable {
    case unicast = 1
    /// Addresses that are this machine's own (RTN_LOCAL), in the local table.
    case local = 2
    /// Packets go nowhere, and the sender is told nothing.
    case blackhole = 6
  }

  package var kind: Kind
  package var destination: CIDR
  /// Nil where the destination is on the link itself.
  package var gateway: IPAddress?
  /// The link to send by; 0 for none.
  package var index: Int32
  /// The source address of packets that have none yet.
  package var source: IPAddress?

  package init(
    _ destination: CIDR, gateway: IPAddress? = nil, index: Int32 = 0, source: IPAddress? = nil,
    kind: Kind = .unicast
  ) {
    self.destination = destination
    self.gateway = gateway
    self.index = index
    self.source = source
    self.kind = kind
  }
}

extension Route {
  static let newRoute: UInt16 = 24
  static let deleteRoute: UInt16 = 25
  static let getRoute: UInt16 = 26
  static let headerLength = 12
  private static let mainTable: UInt8 = 254
  private static let localTable: UInt8 = 255

  /// RTA_*.
  private enum Attribute {
    static let destination: UInt16 = 1
    static let outgoing: UInt16 = 4
    static let gateway: UInt16 = 5
    static let preferredSource: UInt16 = 7
  }

  /// Nil if the message is none of a route we model, or of another table.
  package init?(_ message: NetlinkMessage) {
    guard message.type == Self.newRoute || message.type == Self.deleteRoute,
      let family: UInt8 = message.number(at: 0), let prefix: UInt8 = message.number(at: 1),
      let table: UInt8 = message.number(at: 4), table == Self.mainTable || table == Self.localTable,
      let type: UInt8 = message.number(at: 7), let kind = Kind(rawValue: type),
      let attributes = message.attributes(after: Self.headerLength)
    else { return nil }
    let base: IPAddress = family == RouteSocket.number(of: .v4) ? .v4(0) : .v6(high: 0, low: 0)
    let target =
      attributes.last(Attribute.destination).flatMap { IPAddress(bytes: $0.payload) } ?? base
    guard let destination = CIDR(containing: target, prefixLength: Int(prefix)) else { return nil }
    self.init(
      destination,
      gateway: attributes.last(Attribute.gateway).flatMap { IPAddress(bytes: $0.payload) },
      index: attributes.last(Attribute.outgoing)?.number() ?? 0,
      source: attributes.last(Attribute.preferredSource).flatMap { IPAddress(bytes: $0.payload) },
      kind: kind)
  }

  var payload: NetlinkPayload {
    var payload = NetlinkPayload()
    payload.append(RouteSocket.number(of: destination.family))
    payload.append(UInt8(clamping: destination.prefixLength))
    payload.append(0 as UInt8)
    payload.append(0 as UInt8)
    payload.append(kind == .local ? Self.localTable : Self.mainTable)
    payload.append(4 as UInt8)  // RTPROT_STATIC
    payload.append(scope)
    payload.append(kind.rawValue)
    payload.append(0 as UInt32)
    payload.attribute(Attribute.destination, destination.network.bytes)
    if let gateway { payload.attribute(Attribute.gateway, gateway.bytes) }
    if index != 0 { payload.attribute(Attribute.outgoing, number: index) }
    if let source { payload.attribute(Attribute.preferredSource, source.bytes) }
    return payload
  }

  /// RT_SCOPE_*: host, link or universe.
  private var scope: UInt8 {
    if kind == .local { return 254 }
    return gateway == nil && kind == .unicast && destination.family == .v4 ? 253 : 0
  }
}

extension RouteSocket {
  /// Routes of the main and the local table, of one family or of both.
  package func routes(_ family: IPAddress.Family? = nil) throws(NetlinkError) -> [Route] {
    var header = NetlinkPayload()
    header.append(RouteSocket.number(of: family))
    header.append(bytes: [UInt8](repeating: 0, count: Route.headerLength - 1))
    let request = NetlinkMessage(type: Route.getRoute, payload: header)
    return try socket.dump(request, "list of routes").compactMap { Route($0) }
  }

  /// Adds a route, or replaces the one to the same destination.
  package func add(_ route: Route) throws(NetlinkError) {
    try perform(
      Route.newRoute, [.create, .replace], route.payload, "new route \(route.destination)")
  }

  package func remove(_ route: Route) throws(NetlinkError) {
    try perform(Route.deleteRoute, [], route.payload, "delete route \(route.destination)")
  }
}
