import Glibc
package import KubernetesAPI
import Netlink

/// The kernel's nftables over netlink, in the network namespace this was made in.
package struct KernelTables: TableExecutor {
  private let socket: NetlinkSocket

  /// A transaction is one datagram, which the socket must take whole.
  private static let sendBuffer: Int32 = 256 << 20
  private static let receiveBuffer: Int32 = 8 << 20
  private static let sendBufferForce: Int32 = 32  // SO_SNDBUFFORCE

  /// Throws where the kernel has no nftables, or refuses us.
  package init() throws(TableError) {
    do throws(NetlinkError) {
      // The kernel may take long over a large transaction.
      socket = try NetlinkSocket(.netfilter, receiveBuffer: Self.receiveBuffer, timeout: 120)
    } catch {
      throw TableError(error)
    }
    var size = Self.sendBuffer
    _ = setsockopt(
      socket.descriptor, SOL_SOCKET, Self.sendBufferForce, &size,
      socklen_t(MemoryLayout<Int32>.size))
  }

  package func commit(_ transaction: TableTransaction) throws(TableError) {
    guard !transaction.isEmpty else { return }
    var messages: [NetlinkMessage] = []
    var ends: [Int] = []
    for operation in transaction.operations {
      messages += TableMessage.messages(operation)
      ends.append(messages.count)
    }
    // The kernel has carried out all by the time it answers the last.
    messages[messages.count - 1].flags.insert(.acknowledge)
    do throws(NetlinkError) {
      let outcomes = try socket.perform(batch: TableMessage.batch(messages), "transaction")
      for (index, error) in outcomes.enumerated() {
        guard var error else { continue }
        // The batch begins with a message of its own.
        if index > 0, let operation = ends.firstIndex(where: { $0 >= index }) {
          error.request = transaction.operations[operation].title
        }
        throw error
      }
    } catch {
      throw TableError(error)
    }
  }

  package func generation() throws(TableError) -> UInt32 {
    do throws(NetlinkError) {
      let answer = try socket.get(
        NetlinkMessage(type: TableMessage.getGeneration, payload: TableMessage.header(nil)),
        "generation of nftables")
      guard let number: UInt32 = answer.attributes(after: 4)?.last(1)?.bigEndian() else {
        throw NetlinkError(.malformed, "generation of nftables")
      }
      return number
    } catch {
      throw TableError(error)
    }
  }

  package func content(of family: IPAddress.Family) throws(TableError) -> TableContent? {
    guard let sets = try names(TableMessage.getSet, family, TableReader.setName),
      let chains = try names(TableMessage.getChain, family, TableReader.chainName),
      !sets.isEmpty || !chains.isEmpty
    else { return nil }
    var content = TableContent()
    content.chains = Set(chains)
    for set in sets.compactMap(ProxySet.init) where !set.isDynamic {
      content.sets[set] = try elements(of: set, family)
    }
    return content
  }

  package func remembered(_ family: IPAddress.Family) throws(TableError) -> [SetElement] {
    Array(try elements(of: .affinity, family).values)
  }

  package func outline(of family: IPAddress.Family) throws(TableError) -> TableOutline? {
    guard let chains = try names(TableMessage.getChain, family, TableReader.chainName),
      let rules = try names(TableMessage.getRule, family, TableReader.setName),
      let sets = try names(TableMessage.getSet, family, TableReader.setName),
      !sets.isEmpty || !chains.isEmpty
    else { return nil }
    return TableOutline(chains: chains.count, rules: rules.count, sets: sets.count)
  }

  /// What is in our table; nil where it is not there.
  private func names(
    _ type: UInt16, _ family: IPAddress.Family, _ name: (NetlinkMessage) -> String?
  ) throws(TableError) -> [String]? {
    var payload = TableMessage.header(family)
    payload.attribute(1, string: TableLayout.table)
    do throws(NetlinkError) {
      let list = try socket.dump(NetlinkMessage(type: type, payload: payload), "list of a table")
      // Kernels that know no filter here list all tables of the family.
      return list.filter {
        $0.attributes(after: TableMessage.headerLength)?.last(1)?.string == TableLayout.table
      }.compactMap(name)
    } catch {
      if error.isMissing { return nil }
      throw TableError(error)
    }
  }

  private func elements(
    of set: ProxySet, _ family: IPAddress.Family
  ) throws(TableError) -> [[UInt8]: SetElement] {
    var payload = TableMessage.header(family)
    payload.attribute(1, string: TableLayout.table)
    payload.attribute(2, string: set.rawValue)
    do throws(NetlinkError) {
      let list = try socket.dump(
        NetlinkMessage(type: TableMessage.getElements, payload: payload), "list of \(set.rawValue)")
      var found: [[UInt8]: SetElement] = [:]
      for message in list {
        guard let elements = TableReader.elements(message) else {
          throw NetlinkError(.malformed, "list of \(set.rawValue)")
        }
        for element in elements { found[element.key] = element }
      }
      return found
    } catch {
      throw TableError(error)
    }
  }
}
