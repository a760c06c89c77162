import Glibc
package import KubernetesAPI
import Netlink

/// Connections of the network namespace this was made in, over ctnetlink
/// (nfnetlink_conntrack.h).
package struct KernelFlows: FlowTable {
  private let socket: NetlinkSocket

  private static let get: UInt16 = 1 << 8 | 1
  private static let delete: UInt16 = 1 << 8 | 2

  /// CTA_*.
  private enum Attribute {
    static let original: UInt16 = 1
    static let reply: UInt16 = 2
    static let status: UInt16 = 3
    static let zone: UInt16 = 18
    static let filter: UInt16 = 25
    static let statusMask: UInt16 = 26
    static let addresses: UInt16 = 1
    static let ports: UInt16 = 2
  }

  package init() throws(TableError) {
    do throws(NetlinkError) {
      socket = try NetlinkSocket(.netfilter, receiveBuffer: 8 << 20)
    } catch {
      throw TableError(error)
    }
  }

  package func flows(
    _ family: IPAddress.Family, _ transport: TransportProtocol, unanswered: Bool
  ) throws(TableError) -> [Flow] {
    do throws(NetlinkError) {
      let filtered = NetlinkMessage(
        type: Self.get, payload: Self.filter(family, transport, unanswered: unanswered))
      var list: [NetlinkMessage]
      do throws(NetlinkError) {
        list = try socket.dump(filtered, "list of connections")
      } catch {
        // A kernel before 5.8 cannot filter.
        guard error.number == EOPNOTSUPP || error.number == EINVAL else { throw error }
        list = try socket.dump(
          NetlinkMessage(type: Self.get, payload: TableMessage.header(family)),
          "list of connections")
      }
      return list.compactMap { Self.flow($0, transport) }
        .filter { !unanswered || !$0.isAnswered }
    } catch {
      throw TableError(error)
    }
  }

  package func delete(_ flow: Flow, _ family: IPAddress.Family) throws(TableError) {
    var payload = TableMessage.header(family)
    payload.append(bytes: flow.identity)
    do throws(NetlinkError) {
      try socket.perform(
        NetlinkMessage(type: Self.delete, payload: payload), "delete of a connection")
    } catch {
      if error.isMissing { return }
      throw TableError(error)
    }
  }

  /// IPS_SEEN_REPLY.
  private static let answered: UInt32 = 2
  /// CTA_FILTER_F_CTA_PROTO_NUM.
  private static let byProtocol: UInt32 = 1 << 3

  /// Asks for no more than is looked at: a node may have hundreds of thousands of connections.
  private static func filter(
    _ family: IPAddress.Family, _ transport: TransportProtocol, unanswered: Bool
  ) -> NetlinkPayload {
    var payload = TableMessage.header(family)
    payload.nested(Attribute.original) { tuple in
      tuple.nested(Attribute.ports) { $0.attribute(1, number: transport.number) }
    }
    payload.nested(Attribute.filter) { $0.attribute(1, number: byProtocol) }
    if unanswered {
      payload.attribute(Attribute.status, bigEndian: 0 as UInt32)
      payload.attribute(Attribute.statusMask, bigEndian: answered)
    }
    return payload
  }

  /// Nil for other protocols.
  private static func flow(_ message: NetlinkMessage, _ transport: TransportProtocol) -> Flow? {
    guard let attributes = message.attributes(after: TableMessage.headerLength),
      let original = attributes.last(Attribute.original),
      let tuple = original.attributes, let ports = tuple.last(Attribute.ports)?.attributes,
      let number: UInt8 = ports.last(1)?.number(), number == transport.number,
      let port: UInt16 = ports.last(3)?.bigEndian(),
      let destination = address(tuple, isSource: false),
      let reply = attributes.last(Attribute.reply)?.attributes,
      let replier = address(reply, isSource: true),
      let replierPort: UInt16 = reply.last(Attribute.ports)?.attributes?.last(2)?.bigEndian()
    else { return nil }
    var identity = NetlinkPayload()
    identity.attribute(Attribute.original | NetlinkAttribute.nestedFlag, original.payload)
    if let zone = attributes.last(Attribute.zone) {
      identity.attribute(Attribute.zone, zone.payload)
    }
    let status: UInt32 = attributes.last(Attribute.status)?.bigEndian() ?? answered
    return Flow(
      transport, to: destination, port, answeredBy: Backend(replier, replierPort),
      isAnswered: status & answered != 0, identity: identity.bytes)
  }

  /// Of CTA_TUPLE_IP: sources are 1 and 3, destinations 2 and 4.
  private static func address(_ tuple: NetlinkAttributes, isSource: Bool) -> IPAddress? {
    guard let addresses = tuple.last(Attribute.addresses)?.attributes else { return nil }
    let found = addresses.last(isSource ? 1 : 2) ?? addresses.last(isSource ? 3 : 4)
    return found.flatMap { IPAddress(bytes: $0.payload) }
  }
}
