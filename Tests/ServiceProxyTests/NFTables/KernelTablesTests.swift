import Glibc
import KubernetesAPI
import Netlink
import Testing

@testable import ServiceProxy

/// What tests of the kernel need.
enum Privilege {
  static let isRoot = geteuid() == 0 && (try? NetworkNamespace.make()) != nil
}

/// The real kernel, in a network namespace of the test's own.
@Suite(.enabled(if: Privilege.isRoot))
struct KernelTablesTests {
  static func tables() throws -> KernelTables {
    let namespace = try NetworkNamespace.make()
    let result = try namespace.run { () throws(NetlinkError) -> Result<KernelTables, TableError> in
      do throws(TableError) { return .success(try KernelTables()) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func busyModel() -> ProxyModel {
    var model = ProxyModel(node: ProxyNode(name: "here"))
    let service = Make.service(
      ip: ["10.96.0.10", "fd00::10"], type: .loadBalancer,
      ports: [Service.Port(port: 80, nodePort: 30_080)]
    ) {
      $0.externalIPs = ["203.0.113.5", "2001:db8::5"]
      $0.traffic.virtualAddresses = ["203.0.113.10"]
      $0.traffic.externalPolicy = .local
      $0.traffic.affinityTimeout = 100
      $0.traffic.sourceRanges = ["198.51.100.0/24", "10.0.0.0/8", "192.0.2.7/32"]
    }
    // Of policy Cluster: its addresses share their clients' affinity.
    let sticky = Make.service(
      "sticky", ip: ["10.96.0.12", "fd00::12"], type: .nodePort,
      ports: [Service.Port(port: 81, nodePort: 30_081)]
    ) {
      $0.externalIPs = ["203.0.113.6", "2001:db8::6"]
      $0.traffic.affinityTimeout = 50
    }
    let other = Make.service("udp", ip: ["10.96.0.11"], ports: [.init(transport: .udp, port: 53)])
    for service in [service, sticky, other] { model.set(service.key, service) }
    for slice in [
      Make.slice([Make.endpoint("10.1.0.1", node: "here"), Make.endpoint("10.1.0.2")]),
      Make.slice([Make.endpoint("fd01::1", node: "here")], name: "web-6", family: .ipv6),
      Make.slice([Make.endpoint("10.1.0.3"), Make.endpoint("10.1.0.4")], of: "sticky"),
      Make.slice([Make.endpoint("fd01::3")], of: "sticky", name: "sticky-6", family: .ipv6),
      Make.slice([Make.endpoint("10.1.0.7")], of: "udp", port: 53, transport: .udp),
    ] { model.set(slice.key, slice) }
    return model
  }

  private var settings: TableSettings {
    TableSettings(podRanges: ["10.1.0.0/16", "fd01::/64"].compactMap { CIDR($0) })
  }

  private func contents(_ tables: KernelTables) throws -> [IPAddress.Family: TableContent] {
    var all: [IPAddress.Family: TableContent] = [:]
    for family in IPAddress.Family.allCases { all[family] = try tables.content(of: family) }
    return all
  }

  @Test func theKernelHoldsWhatTheProgramExpects() throws {
    let tables = try Self.tables()
    var model = busyModel()
    var program = TableProgram(settings: settings)
    try tables.commit(program.adopt([:]))
    try tables.commit(program.plan(nodePortAddresses: [.v4(0xC000_0201)]))
    try tables.commit(program.plan(model.takeChanges()).transaction)
    #expect(try contents(tables) == program.expected())

    // A Service's endpoints change, and one Service goes.
    let slice = Make.slice([Make.endpoint("10.1.0.3", node: "here"), Make.endpoint("10.1.0.2")])
    model.set(slice.key, slice)
    model.set(Make.key("udp"), nil as Service?)
    try tables.commit(program.plan(model.takeChanges()).transaction)
    #expect(try contents(tables) == program.expected())
  }

  @Test func aSecondInstanceAdoptsAndChangesOnlyWhatDiffers() throws {
    let tables = try Self.tables()
    var model = busyModel()
    var program = TableProgram(settings: settings)
    try tables.commit(program.adopt([:]))
    try tables.commit(program.plan(model.takeChanges()).transaction)

    var second = TableProgram(settings: settings)
    try tables.commit(second.adopt(try contents(tables)))
    var same = busyModel()
    same.set(Make.key("udp"), nil as Service?)
    let plan = second.plan(same.takeChanges())
    #expect(plan.transaction.elementCount == 0)
    try tables.commit(plan.transaction)
    let end = second.finishAdoption()
    #expect(end.elements.flows.map(\.frontend.port) == [53])
    try tables.commit(end.elements.transaction)
    try tables.commit(end.chains)
    #expect(try contents(tables) == second.expected())
  }

  @Test func aTransactionIsRefusedWhole() throws {
    let tables = try Self.tables()
    var program = TableProgram(settings: settings)
    try tables.commit(program.adopt([:]))
    var transaction = TableTransaction()
    let key = SetKey.frontend(Frontend(address: .v4(1), transport: .tcp, port: 80))
    transaction.append(.addElements(.v4, .externals, [SetElement(key)]))
    transaction.append(
      .addElements(.v4, .services, [SetElement(key, value: .verdict(.goto("nowhere")))]))
    #expect(throws: TableError.self) { try tables.commit(transaction) }
    #expect(try tables.content(of: .v4)?.sets[.externals]?.isEmpty == true)
  }

  @Test func whatSomebodyElseRemovesIsSeen() throws {
    let tables = try Self.tables()
    var program = TableProgram(settings: settings)
    try tables.commit(program.adopt([:]))
    let before = try tables.generation()
    let outline = try tables.outline(of: .v6)
    #expect(outline != nil)
    var transaction = TableTransaction()
    transaction.append(.deleteTable(.v6, TableLayout.table))
    try tables.commit(transaction)
    #expect(try tables.generation() != before)
    #expect(try tables.outline(of: .v6) == nil)
    #expect(try tables.content(of: .v6) == nil)
  }
}
