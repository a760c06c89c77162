import Glibc
import KubernetesAPI
import Netlink

/// Reads what the kernel lists of our tables.
enum TableReader {
  static func chainName(_ message: NetlinkMessage) -> String? {
    message.attributes(after: TableMessage.headerLength)?.last(3)?.string
  }

  static func setName(_ message: NetlinkMessage) -> String? {
    message.attributes(after: TableMessage.headerLength)?.last(2)?.string
  }

  /// The elements of one message of a list; nil if it is malformed.
  static func elements(_ message: NetlinkMessage) -> [SetElement]? {
    guard let attributes = message.attributes(after: TableMessage.headerLength) else { return nil }
    guard let list = attributes.last(3)?.attributes else { return [] }
    var found: [SetElement] = []
    found.reserveCapacity(list.count)
    for item in list where item.type == 1 {
      guard let element = element(item) else { return nil }
      found.append(element)
    }
    return found
  }

  private static func element(_ item: NetlinkAttribute) -> SetElement? {
    guard let parts = item.attributes, let key = value(parts.last(1)) else { return nil }
    let end = value(parts.last(10))
    guard let data = parts.last(2) else { return SetElement(key, end: end) }
    if let bytes = value(data) { return SetElement(key, end: end, value: .backend(bytes)) }
    guard let verdict = data.attributes?.last(2)?.attributes,
      let code: Int32 = verdict.last(1)?.bigEndian()
    else { return nil }
    let chain = verdict.last(2)?.string ?? ""
    switch code {
    case 0: return SetElement(key, end: end, value: .verdict(.drop))
    case -3: return SetElement(key, end: end, value: .verdict(.jump(chain)))
    case -4: return SetElement(key, end: end, value: .verdict(.goto(chain)))
    default: return SetElement(key, end: end, value: .verdict(.returns))
    }
  }

  /// NFTA_DATA_VALUE.
  private static func value(_ attribute: NetlinkAttribute?) -> [UInt8]? {
    attribute?.attributes?.last(1).map { Array($0.payload) }
  }
}

extension TableError {
  init(_ error: NetlinkError) {
    let code: Code =
      switch error.number {
      case ENOENT: .missing
      case EEXIST: .exists
      case EBUSY: .busy
      case EPERM, EACCES: .denied
      case EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT: .unsupported
      default: .other
      }
    self.init(code, "nftables: \(error)")
  }
}
