extension RouteSocket {
  package func links() throws(NetlinkError) -> [Link] {
    let request = NetlinkMessage(type: Link.getLink, payload: Link.header())
    return try socket.dump(request, "list of links").compactMap { Link($0) }
  }

  /// Nil if there is no link of that name.
  package func link(named name: String) throws(NetlinkError) -> Link? {
    var payload = Link.header()
    payload.attribute(Link.Attribute.name, string: name)
    do throws(NetlinkError) {
      return Link(try socket.get(NetlinkMessage(type: Link.getLink, payload: payload), name))
    } catch  where error.isMissing {
      return nil
    }
  }

  /// The link of that name, which must be there.
  package func existing(_ name: String) throws(NetlinkError) -> Link {
    guard let link = try link(named: name) else {
      throw NetlinkError(.system(19), "link \(name)")  // ENODEV
    }
    return link
  }

  // MARK: Making

  /// Makes a link of a kind that needs no more than a name: `bridge`, `dummy`, `ifb`.
  ///
  /// - Returns: the link.
  @discardableResult
  package func create(
    _ kind: String, name: String, hardwareAddress: [UInt8] = [], mtu: UInt32? = nil
  ) throws(NetlinkError) -> Link {
    try checkName(name)
    var payload = Link.header()
    payload.attribute(Link.Attribute.name, string: name)
    if !hardwareAddress.isEmpty { payload.attribute(Link.Attribute.address, hardwareAddress) }
    if let mtu { payload.attribute(Link.Attribute.mtu, number: mtu) }
    payload.nested(Link.Attribute.linkInfo) { info in
      info.attribute(Link.Attribute.infoKind, string: kind)
    }
    try perform(
      Link.newLink, [.create, .exclusive], payload, "new \(kind) \(name)")
    return try existing(name)
  }

  /// Makes a pair of links that are the two ends of a wire.
  ///
  /// - Parameters:
  ///   - name: of the end here.
  ///   - peer: name of the other end.
  ///   - namespace: where the other end is made; nil for here.
  ///   - peerHardwareAddress: of the other end; empty for one by chance.
  /// - Returns: the end here.
  @discardableResult
  package func createVeth(
    name: String, peer: String, in namespace: Link.Namespace? = nil, mtu: UInt32? = nil,
    peerHardwareAddress: [UInt8] = []
  ) throws(NetlinkError) -> Link {
    try checkName(name)
    try checkName(peer)
    var other = Link.header()
    other.attribute(Link.Attribute.name, string: peer)
    if let namespace { Self.add(namespace, to: &other) }
    if let mtu { other.attribute(Link.Attribute.mtu, number: mtu) }
    if !peerHardwareAddress.isEmpty {
      other.attribute(Link.Attribute.address, peerHardwareAddress)
    }
    var payload = Link.header()
    payload.attribute(Link.Attribute.name, string: name)
    if let mtu { payload.attribute(Link.Attribute.mtu, number: mtu) }
    payload.nested(Link.Attribute.linkInfo) { info in
      info.attribute(Link.Attribute.infoKind, string: "veth")
      info.nested(Link.Attribute.infoData) { $0.attribute(Link.Attribute.vethPeer, other.bytes) }
    }
    try perform(Link.newLink, [.create, .exclusive], payload, "new veth \(name)")
    return try existing(name)
  }

  private static func add(_ namespace: Link.Namespace, to payload: inout NetlinkPayload) {
    switch namespace {
    case .process(let id): payload.attribute(Link.Attribute.namespacePid, number: id)
    case .descriptor(let descriptor):
      payload.attribute(Link.Attribute.namespaceDescriptor, number: descriptor)
    }
  }

  private func checkName(_ name: String) throws(NetlinkError) {
    guard (1...Link.longestName).contains(name.utf8.count) else {
      throw NetlinkError(.system(22), "link \(name)", explanation: "1 to 15 bytes")  // EINVAL
    }
  }

  // MARK: Changing

  package func setUp(_ index: Int32, _ isUp: Bool = true) throws(NetlinkError) {
    let flags = isUp ? Link.flagUp : 0
    try perform(
      Link.newLink, [], Link.header(index: index, flags: flags, change: Link.flagUp),
      "link \(index) \(isUp ? "up" : "down")")
  }

  package func setMTU(_ index: Int32, _ mtu: UInt32) throws(NetlinkError) {
    try change(index, "mtu") { $0.attribute(Link.Attribute.mtu, number: mtu) }
  }

  /// Makes the link a port of a bridge; 0 takes it off.
  package func setMaster(_ index: Int32, _ bridge: Int32) throws(NetlinkError) {
    try change(index, "master") { $0.attribute(Link.Attribute.master, number: bridge) }
  }

  /// Lets a bridge send frames back by the port they came in by. Where bridged packets pass the
  /// packet filter, one whose destination is replaced there by its own sender goes that way.
  package func setHairpin(_ index: Int32) throws(NetlinkError) {
    try change(index, "hairpin") { payload in
      payload.nested(Link.Attribute.linkInfo) { info in
        info.attribute(Link.Attribute.infoPortKind, string: "bridge")
        info.nested(Link.Attribute.infoPortData) {
          $0.attribute(Link.Attribute.portMode, number: 1 as UInt8)
        }
      }
    }
  }

  package func rename(_ index: Int32, _ name: String) throws(NetlinkError) {
    try checkName(name)
    try change(index, "name \(name)") { $0.attribute(Link.Attribute.name, string: name) }
  }

  package func setHardwareAddress(_ index: Int32, _ bytes: [UInt8]) throws(NetlinkError) {
    try change(index, "address") { $0.attribute(Link.Attribute.address, bytes) }
  }

  /// Moves the link; its addresses and routes go.
  package func move(_ index: Int32, to namespace: Link.Namespace) throws(NetlinkError) {
    try change(index, "namespace") { Self.add(namespace, to: &$0) }
  }

  private func change(
    _ index: Int32, _ what: String, _ build: (inout NetlinkPayload) -> Void
  ) throws(NetlinkError) {
    var payload = Link.header(index: index)
    build(&payload)
    try perform(Link.newLink, [], payload, "link \(index) \(what)")
  }

  /// Takes a link away, and a veth's other end with it.
  package func deleteLink(_ index: Int32) throws(NetlinkError) {
    try perform(Link.deleteLink, [], Link.header(index: index), "delete link \(index)")
  }
}
