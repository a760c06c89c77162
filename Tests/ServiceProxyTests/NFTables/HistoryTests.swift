import Foundation
import KubernetesAPI
import Testing

@testable import ServiceProxy

/// A generator with a seed that a failure names (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

/// Random objects of a small world, in which everything happens often.
struct HistoryWorld {
  var random: SeededGenerator
  var oracle: HistoryOracle

  static let names = ["a", "b", "c", "d"]
  static let outside = ["203.0.113.5", "203.0.113.6"]
  static let podRanges = [CIDR("10.1.0.0/16"), CIDR("fd01::/64")].compactMap { $0 }

  init(seed: UInt64, nodeAddresses: Set<IPAddress>) {
    random = SeededGenerator(state: seed)
    oracle = HistoryOracle(
      zone: Bool.random(using: &random) ? "z1" : nil, nodeAddresses: nodeAddresses,
      podRanges: Bool.random(using: &random) ? Self.podRanges : [])
  }

  mutating func flip(_ one: Int = 2) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

  mutating func pick<Item>(_ items: [Item]) -> Item {
    items[Int.random(in: 0..<items.count, using: &random)]
  }

  mutating func some<Item>(_ items: [Item]) -> [Item] { items.filter { _ in flip() } }

  mutating func service(_ name: String) -> Service {
    let index = (Self.names.firstIndex(of: name) ?? 0) + 1
    let ips =
      flip(8) ? ["None"] : flip(3) ? ["10.96.0.\(index)", "fd00::\(index)"] : ["10.96.0.\(index)"]
    let type = pick([Service.ServiceType.clusterIP, .nodePort, .loadBalancer])
    var ports = [Service.Port(name: "p", transport: pick([.tcp, .udp]), port: 80)]
    if flip() { ports.append(Service.Port(name: "q", transport: .tcp, port: 81)) }
    if type != .clusterIP {
      for (offset, _) in ports.enumerated() {
        ports[offset].nodePort = UInt16(30_000 + index * 10 + offset)
      }
    }
    var service = Make.service(name, ip: ips, type: type, ports: ports)
    service.metadata.creationTimestamp = Timestamp(seconds: Int64.random(in: 1...3, using: &random))
    if flip(3) { service.externalIPs = some(Self.outside) }
    if type == .loadBalancer { service.traffic.virtualAddresses = some(Self.outside) }
    if flip(3) { service.traffic.sourceRanges = some(["198.51.100.0/24", "10.1.0.0/24"]) }
    if flip() { service.traffic.externalPolicy = .local }
    if flip(4) { service.traffic.internalPolicy = .local }
    if flip(4) { service.traffic.affinityTimeout = 100 }
    if flip(3) { service.trafficDistribution = pick(["PreferSameNode", "PreferSameZone"]) }
    return service
  }

  mutating func slice(_ name: String) -> EndpointSlice {
    let family = flip(3) ? EndpointSlice.AddressType.ipv6 : .ipv4
    let prefix = family == .ipv6 ? "fd01::" : "10.1.0."
    var endpoints: [EndpointSlice.Endpoint] = []
    for number in some(Array(1...6)) {
      var endpoint = Make.endpoint(
        prefix + "\(number)", ready: !flip(3), node: number % 2 == 0 ? "here" : "there")
      if flip(3) { endpoint.terminating = true }
      if flip(3) { endpoint.serving = flip() }
      if !flip(4) { endpoint.hintedZones = [pick(["z1", "z2"])] }
      if !flip(4) { endpoint.hintedNodes = [pick(["here", "there"])] }
      endpoints.append(endpoint)
    }
    var slice = Make.slice(endpoints, of: pick(Self.names), name: name, family: family)
    slice.ports = [
      .init(name: "p", transport: pick([.tcp, .udp]), port: 8080),
      .init(name: "q", transport: .tcp, port: 8081),
    ]
    return slice
  }

  /// One change of the API.
  mutating func change() -> (ObjectKey, service: Service?, slice: EndpointSlice?, isService: Bool) {
    let isService = flip()
    let name = isService ? pick(Self.names) : pick(["s1", "s2", "s3", "s4", "s5", "s6"])
    let key = Make.key(name)
    if flip(5) {
      if isService { oracle.services[name] = nil } else { oracle.slices[name] = nil }
      return (key, nil, nil, isService)
    }
    if isService {
      let service = service(name)
      oracle.services[name] = service
      return (key, service, nil, true)
    }
    let slice = slice(name)
    oracle.slices[name] = slice
    return (key, nil, slice, false)
  }

  mutating func packet() throws -> PacketTracer.Packet {
    let isV6 = flip(4)
    let source = pick(
      isV6
        ? ["fd01::2", "2001:db8::99", "2001:db8::1"]
        : ["10.1.0.2", "10.1.0.9", "198.51.100.7", "198.51.101.7", "192.0.2.1"])
    let number = Int.random(in: 1...4, using: &random)
    var port: UInt16 = pick([80, 81, 82])
    var destination = isV6 ? "fd00::\(number)" : "10.96.0.\(number)"
    if flip() {
      destination = isV6 ? "2001:db8::1" : pick(Self.outside + ["192.0.2.1"])
      if isV6 || destination == "192.0.2.1" {
        port = UInt16(30_000 + number * 10 + Int.random(in: 0...1, using: &random))
      }
    }
    return PacketTracer.Packet(
      from: try Make.address(source), to: try Make.address(destination), port,
      pick([.tcp, .tcp, .udp]))
  }
}

/// Random histories of the API; `ROLLCALL_HISTORIES` says how many.
struct HistoryTests {
  static let count =
    ProcessInfo.processInfo.environment["ROLLCALL_HISTORIES"].flatMap { Int($0) } ?? 300
  private static let steps = 12
  private static let packets = 6

  @Test func theTracerAgreesWithTheOracleAfterEveryStep() throws {
    for seed in 0..<UInt64(Self.count) {
      do {
        try run(seed, with: FakeTables()) { _, _ in }
      } catch let error as TableError {
        Issue.record("seed \(seed): \(error)")
        return
      }
    }
  }

  /// Returns at the first disagreement.
  private func run(
    _ seed: UInt64, with fake: FakeTables,
    then body: (TableTransaction, TableProgram) throws -> Void
  ) throws {
    let node: Set<IPAddress> = [try Make.address("192.0.2.1"), try Make.address("2001:db8::1")]
    var world = HistoryWorld(seed: seed, nodeAddresses: node)
    let settings = TableSettings(podRanges: world.oracle.podRanges)
    var model = ProxyModel(node: ProxyNode(name: "here", zone: world.oracle.zone))
    var program = TableProgram(settings: settings)
    func commit(_ transaction: TableTransaction) throws {
      try fake.commit(transaction)
      try body(transaction, program)
    }
    func commitInTurn(_ transaction: TableTransaction) throws {
      for part in transaction.chainsFirst() where !part.isEmpty { try commit(part) }
    }
    try commit(program.adopt([:]))
    try commit(program.plan(nodePortAddresses: node))
    for step in 0..<Self.steps {
      for _ in 0..<Int.random(in: 1...3, using: &world.random) {
        let change = world.change()
        if change.isService {
          model.set(change.0, change.service)
        } else {
          model.set(change.0, change.slice)
        }
      }
      if world.flip(8) {
        // Another instance takes over.
        var contents: [IPAddress.Family: TableContent] = [:]
        for family in IPAddress.Family.allCases { contents[family] = fake.content(of: family) }
        program = TableProgram(settings: settings)
        try commit(program.adopt(contents))
        _ = model.takeChanges()
        try commitInTurn(program.plan(model.allChanges()).transaction)
        try commit(program.plan(nodePortAddresses: node))
        let end = program.finishAdoption()
        try commit(end.elements.transaction)
        try commit(end.chains)
      } else {
        try commitInTurn(program.plan(model.takeChanges()).transaction)
      }
      let tracer = PacketTracer(fake, nodeAddresses: node)
      for _ in 0..<Self.packets {
        let packet = try world.packet()
        let (found, expected) = (tracer.outcomes(packet), world.oracle.outcomes(packet))
        try #require(found == expected, "seed \(seed), step \(step), \(packet)")
      }
      for family in IPAddress.Family.allCases {
        // Not within the macro, which would print both.
        let isExpected =
          fake.content(of: family)?.sets.filter { !$0.value.isEmpty }
          == program.expected()[family]?.sets.filter { !$0.value.isEmpty }
        try #require(isExpected, "seed \(seed), step \(step)")
      }
    }
  }

  @Test(.enabled(if: Privilege.isRoot))
  func theKernelRefusesNoTransactionOfAHistory() throws {
    let kernel = try KernelTablesTests.tables()
    for seed in 0..<UInt64(max(5, Self.count / 100)) {
      try run(seed, with: FakeTables()) { transaction, _ in try kernel.commit(transaction) }
      var end = TableTransaction()
      for family in IPAddress.Family.allCases {
        end.append(.deleteTable(family, TableLayout.table))
      }
      try kernel.commit(end)
    }
  }
}
