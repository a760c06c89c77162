package import KubernetesAPI

/// Tables and tracked connections of one network namespace.
///
/// Every method throws `NetlinkError`.
package struct FilterSocket: Sendable {
  private let socket: NetlinkSocket

  /// In the calling thread's namespace.
  package init() throws(NetlinkError) { socket = try NetlinkSocket(.netfilter) }

  /// In another namespace.
  package init(in namespace: NetworkNamespace) throws(NetlinkError) {
    socket = try namespace.run { () throws(NetlinkError) in try NetlinkSocket(.netfilter) }
  }

  // MARK: Tables

  /// Puts tables in place of those of their names, all at once: no packet sees a part of it, and
  /// connections that stand are not touched.
  package func replace(_ tables: [FilterTable]) throws(NetlinkError) {
    try commit(tables.flatMap(\.replacement), "tables \(tables.map(\.name))")
  }

  /// Deletes the tables of these names, whatever is in them; one that is not there is no error.
  package func remove(_ tables: [FilterTable]) throws(NetlinkError) {
    try commit(tables.flatMap(\.removal), "delete of tables \(tables.map(\.name))")
  }

  private func commit(_ messages: [NetlinkMessage], _ name: String) throws(NetlinkError) {
    guard !messages.isEmpty else { return }
    var messages = messages
    // The kernel has carried out all by the time it answers the last.
    messages[messages.count - 1].flags.insert(.acknowledge)
    for error in try socket.perform(batch: FilterMessage.batch(messages), name) {
      if let error { throw error }
    }
  }

  // MARK: Connections

  /// CTA_* and IPCTNL_MSG_CT_* of nfnetlink_conntrack.h.
  private enum Connection {
    static let get: UInt16 = 1 << 8 | 1
    static let delete: UInt16 = 1 << 8 | 2
    static let original: UInt16 = 1
    static let zone: UInt16 = 18
    static let ports: UInt16 = 2
    static let destinationPort: UInt16 = 3
    static let transport: UInt16 = 1
  }

  /// Makes the kernel forget connections that were sent to one of these ports, so that their next
  /// packets are looked at anew. For UDP, whose connections end only by time.
  package func forgetConnections(
    to ports: Set<UInt16>, _ transport: TransportProtocol, _ family: IPAddress.Family
  ) throws(NetlinkError) {
    let list = try socket.dump(
      NetlinkMessage(type: Connection.get, payload: FilterMessage.header(family)),
      "list of connections")
    for message in list {
      guard let attributes = message.attributes(after: FilterMessage.headerLength),
        let original = attributes.last(Connection.original),
        let tuple = original.attributes?.last(Connection.ports)?.attributes,
        let number: UInt8 = tuple.last(Connection.transport)?.number(),
        number == FilterMessage.number(of: transport),
        let port: UInt16 = tuple.last(Connection.destinationPort)?.bigEndian(),
        ports.contains(port)
      else { continue }
      var payload = FilterMessage.header(family)
      payload.attribute(Connection.original | NetlinkAttribute.nestedFlag, original.payload)
      if let zone = attributes.last(Connection.zone) {
        payload.attribute(Connection.zone, zone.payload)
      }
      do throws(NetlinkError) {
        try socket.perform(
          NetlinkMessage(type: Connection.delete, payload: payload), "delete of a connection")
      } catch  where error.isMissing {}  // It has ended.
    }
  }
}
