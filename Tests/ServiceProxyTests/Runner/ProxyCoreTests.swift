import KubernetesAPI
import KubernetesClient
import Synchronization
import Testing

@testable import ServiceProxy

/// Connections in memory.
final class FakeFlows: FlowTable {
  let all = Mutex<[Flow]>([])

  func flows(
    _ family: IPAddress.Family, _ transport: TransportProtocol, unanswered: Bool
  ) -> [Flow] {
    all.withLock { flows in
      flows.filter {
        $0.destination.family == family && $0.transport == transport
          && !(unanswered && $0.isAnswered)
      }
    }
  }

  func delete(_ flow: Flow, _ family: IPAddress.Family) {
    all.withLock { $0.removeAll { $0 == flow } }
  }
}

struct ProxyCoreTests {
  private let tables = FakeTables()
  private let flows = FakeFlows()
  private let node = IPAddress.v4(0xC000_0201)

  private func core() -> ProxyCore {
    ProxyCore(
      node: ProxyNode(name: "here"), settings: TableSettings(), tables: tables, flows: flows)
  }

  private func changes(_ service: Service, _ slices: EndpointSlice...) -> [ProxyChange] {
    [.service(service.key, service), .nodeAddresses([node])]
      + slices.map { .slice($0.key, $0, trigger: nil) }
  }

  private func outcomes(_ address: String = "10.96.0.10") throws -> Set<PacketTracer.Outcome> {
    PacketTracer(tables, nodeAddresses: [node]).outcomes(
      .init(from: try Make.address("10.1.0.9"), to: try Make.address(address), 80))
  }

  private var slice: EndpointSlice { Make.slice([Make.endpoint("10.1.0.1")]) }

  @Test func whatIsFlushedBehindOurBackIsMadeAnew() throws {
    let core = core()
    core.receive(changes(Make.service(), slice))
    #expect(core.sync().failure == nil)
    #expect(core.check() == false)
    tables.flush(.v4)
    #expect(try outcomes() == [.untouched])
    #expect(core.check())
    #expect(core.sync().failure == nil)
    #expect(try outcomes() == [.to("10.1.0.1")])
    #expect(core.check() == false)
    #expect(core.metrics.repairs == 1)
  }

  @Test func oneElementTakenAwayBySomebodyElseIsPutBack() throws {
    let core = core()
    core.receive(changes(Make.service(), slice))
    _ = core.sync()
    var theft = TableTransaction()
    let key = SetKey.frontend(
      Frontend(address: try Make.address("10.96.0.10"), transport: .tcp, port: 80))
    theft.append(.deleteElements(.v4, .services, [SetElement(key)]))
    // A core that has not compared lately.
    let later = Mutex(Duration.zero)
    var time = TimeSource.system
    time.uptime = { later.withLock { $0 } }
    let patient = ProxyCore(
      node: ProxyNode(name: "here"), settings: TableSettings(), tables: tables, flows: nil,
      time: time)
    patient.receive(changes(Make.service(), slice))
    _ = patient.sync()
    _ = patient.check()
    try tables.commit(theft)
    later.withLock { $0 += .seconds(60) }
    #expect(patient.check())
    _ = patient.sync()
    #expect(try outcomes() == [.to("10.1.0.1")])
  }

  @Test func aRefusedTransactionIsTriedAgainAsAWhole() throws {
    let core = core()
    core.receive(changes(Make.service()))
    _ = core.sync()
    tables.refuseNext(TableError(.other, "no memory"))
    core.receive([.slice(slice.key, slice, trigger: nil)])
    #expect(core.sync().failure?.message == "no memory")
    #expect(try outcomes() == [.rejected(by: "reject")])
    #expect(core.sync().failure == nil)
    #expect(try outcomes() == [.to("10.1.0.1")])
  }

  @Test func aNextInstanceChangesNothingThatIsRight() throws {
    let first = core()
    first.receive(changes(Make.service(), slice))
    _ = first.sync()
    let second = core()
    second.receive(changes(Make.service(), slice))
    _ = second.sync()
    #expect(second.metrics.elementsChanged == 0)
    #expect(try outcomes() == [.to("10.1.0.1")])
  }

  private func flow(
    _ replier: String, to: String = "10.96.0.10", _ port: UInt16 = 53
  ) throws -> Flow {
    Flow(
      to: try Make.address(to), port, answeredBy: Backend(try Make.address(replier), 5353))
  }

  private func dns(_ endpoints: String...) -> [ProxyChange] {
    let service = Make.service(
      type: .nodePort, ports: [.init(transport: .udp, port: 53, nodePort: 30_053)])
    return changes(
      service, Make.slice(endpoints.map { Make.endpoint($0) }, port: 5353, transport: .udp))
  }

  @Test func flowsEndWithTheirEndpointAndOthersStay() throws {
    let core = core()
    let (good, foreign) = (try flow("10.1.0.2"), try flow("10.1.0.1", to: "10.9.9.9"))
    let nodePort = try flow("10.1.0.1", to: "192.0.2.1", 30_053)
    core.receive(dns("10.1.0.1", "10.1.0.2"))
    _ = core.sync()
    flows.all.withLock { $0 = [] }
    for item in [try flow("10.1.0.1"), good, foreign, nodePort] {
      flows.all.withLock { $0.append(item) }
    }
    core.receive(dns("10.1.0.2"))
    _ = core.sync()
    #expect(flows.all.withLock { $0 } == [good, foreign])
    // The last endpoint goes; a packet under way makes a flow once more.
    core.receive(dns())
    _ = core.sync()
    #expect(flows.all.withLock { $0 } == [foreign])
    flows.all.withLock { $0.append(good) }
    _ = core.check()
    #expect(flows.all.withLock { $0 } == [foreign])
  }

  @Test func flowsOfAServiceDeletedWhileNobodyLookedEndAtTheNextStart() throws {
    let first = core()
    first.receive(dns("10.1.0.1"))
    _ = first.sync()
    let stale = try flow("10.1.0.1")
    flows.all.withLock { $0 = [stale] }
    let second = core()
    second.receive([.nodeAddresses([node])])
    _ = second.sync()
    #expect(flows.all.withLock { $0 }.isEmpty)
  }

  private func tcp(_ replier: String, _ port: UInt16 = 8080, isAnswered: Bool) throws -> Flow {
    Flow(
      .tcp, to: try Make.address("10.96.0.10"), 80,
      answeredBy: Backend(try Make.address(replier), port), isAnswered: isAnswered)
  }

  @Test func anUnansweredConnectionPastTheProxyEndsWhenItsServiceComes() throws {
    let core = core()
    core.receive([.nodeAddresses([node])])
    _ = core.sync()
    let (past, answered) = (
      try tcp("10.96.0.10", 80, isAnswered: false), try tcp("10.96.0.10", 80, isAnswered: true)
    )
    flows.all.withLock { $0 = [past, answered] }
    core.receive(changes(Make.service(), slice))
    _ = core.sync()
    #expect(flows.all.withLock { $0 } == [answered])
  }

  @Test func anUnansweredConnectionToAnEndpointThatIsGoneEndsAWhileLater() throws {
    let core = core()
    let two = Make.slice([Make.endpoint("10.1.0.1"), Make.endpoint("10.1.0.2")])
    core.receive(changes(Make.service(), two))
    _ = core.sync()
    _ = core.check()
    let established = try tcp("10.1.0.1", isAnswered: true)
    let right = try tcp("10.1.0.2", isAnswered: false)
    let dead = try tcp("10.1.0.1", isAnswered: false)
    flows.all.withLock { $0 = [established, right, dead] }
    core.receive(changes(Make.service(), Make.slice([Make.endpoint("10.1.0.2")])))
    _ = core.sync()
    #expect(flows.all.withLock { $0 } == [established, right, dead])
    // An answer may be on its way for a second.
    _ = core.check()
    #expect(flows.all.withLock { $0 } == [established, right, dead])
    _ = core.check()
    #expect(flows.all.withLock { $0 } == [established, right])
  }

  @Test func flowsToEndpointsThatAnswerStayWhateverThePolicyChooses() throws {
    let core = core()
    core.receive(dns("10.1.0.1", "10.1.0.2"))
    _ = core.sync()
    let far = try flow("10.1.0.2")
    flows.all.withLock { $0 = [far] }
    let service = Make.service(
      type: .nodePort, ports: [.init(transport: .udp, port: 53, nodePort: 30_053)]
    ) { $0.traffic.internalPolicy = .local }
    let here = Make.slice(
      [Make.endpoint("10.1.0.1", node: "here"), Make.endpoint("10.1.0.2")], port: 5353,
      transport: .udp)
    core.receive(changes(service, here))
    _ = core.sync()
    #expect(flows.all.withLock { $0 } == [far])
    // On its way out it answers still; then no more.
    for (serving, left) in [(true, [far]), (false, [])] {
      let going = Make.slice(
        [
          Make.endpoint("10.1.0.1", node: "here"),
          Make.endpoint("10.1.0.2", ready: false, serving: serving, terminating: true),
        ], port: 5353, transport: .udp)
      core.receive(changes(service, going))
      _ = core.sync()
      #expect(flows.all.withLock { $0 } == left)
    }
  }

  @Test func tablesOfAnotherLayoutAreReplacedInOneTransaction() throws {
    var old = TableTransaction()
    old.append(.addTable(.v4))
    old.append(.addChain(.v4, "layout-0", nil))
    try tables.commit(old)
    let before = tables.generation()
    let core = core()
    core.receive(changes(Make.service(), slice))
    #expect(core.sync().failure == nil)
    #expect(tables.generation() == before + 1)
    #expect(try outcomes() == [.to("10.1.0.1")])
  }
}
