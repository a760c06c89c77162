import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// Random histories of objects: after every step the index, changed step by step, answers exactly
/// what a recomputation of the whole zone gives.
struct RandomHistoryTests {
  @Test(arguments: 1...6 as ClosedRange<UInt64>)
  func `Changed step by step or computed anew, the zone is the same`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var oracle = ZoneOracle()
    let zone = TestZone(seed: seed) { $0.pods = .verified }
    var everSeen: Set<String> = ["nix.svc", "a.ns-0.svc", "5.0.0.10.in-addr.arpa"]
    for step in 0..<40 {
      // Several changes may reach readers at once.
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let change = Self.randomChange(&random)
        oracle.apply(change)
        zone.builder.apply(change)
      }
      zone.apply()
      let expected = oracle.zone()
      everSeen.formUnion(expected.records.keys)
      let comment: Comment = "seed \(seed), step \(step)"
      for name in everSeen {
        try Self.compare(name, zone, expected, oracle.namespaces, comment)
      }
      // Names above names.
      for name in Set(everSeen.compactMap(Self.parent)) {
        try Self.compare(name, zone, expected, oracle.namespaces, comment)
      }
      if step % 20 == 19 { try Self.compareWithFresh(zone, oracle, everSeen, seed: seed) }
    }
  }

  /// While endpoints move between slices in any order, each in one slice at least at all times,
  /// no answer changes: no name flaps, no address is left out or told twice.
  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `Endpoints that are moved between slices never lose their names`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let endpoints = (0..<30).map { "pod-\($0)=10.0.1.\($0)" }
    var slices: [Set<String>] = Array(repeating: [], count: 5)
    for endpoint in endpoints { slices[Int.random(in: 0..<5, using: &random)].insert(endpoint) }
    func change(_ number: Int) -> ZoneChange {
      slices[number].isEmpty
        ? .deleteSlice(Objects.key("default", "s-\(number)"))
        : Objects.slice(
          "default", "s-\(number)", of: "app", slices[number].shuffled(using: &random),
          ports: [("peer", 7)])
    }
    let zone = TestZone([Objects.service("default", "app")] + (0..<5).map(change))
    func answers() throws -> [Set<String>] {
      let base = "app.default.svc.cluster.local"
      let asked = [(base, RecordType.a), ("_peer._tcp.\(base)", .srv)]
      let named = endpoints.map { ("\($0.split(separator: "=")[0]).\(base)", RecordType.a) }
      return try (asked + named).map { name, type in
        let records = try zone.ask(name, type, over: .tcp).answers.map(\.text)
        #expect(Set(records).count == records.count)
        return Set(records)
      }
    }
    let expected = try answers()
    #expect(expected[0].count == 30)
    for step in 0..<60 {
      // Into the new slice first, then out of the old one, as the controller writes them.
      guard let endpoint = endpoints.randomElement(using: &random),
        let from = slices.firstIndex(where: { $0.contains(endpoint) })
      else { continue }
      let to = Int.random(in: 0..<5, using: &random)
      slices[to].insert(endpoint)
      zone.apply(change(to))
      #expect(try answers() == expected, "seed \(seed), step \(step)")
      if from != to { slices[from].remove(endpoint) }
      zone.apply(change(from))
      #expect(try answers() == expected, "seed \(seed), step \(step)")
    }
  }

  /// A zone made at once of the same objects answers byte for byte the same, where nothing rotates.
  static func compareWithFresh(
    _ zone: TestZone, _ oracle: ZoneOracle, _ names: Set<String>, seed: UInt64
  ) throws {
    let objects =
      oracle.services.values.map(ZoneChange.service) + oracle.slices.values.map(ZoneChange.slice)
      + oracle.namespaces.map { ZoneChange.namespace($0) } + oracle.pods.values.map { .pod($0) }
    let fresh = TestZone(objects.shuffled(), seed: seed &+ 1) { $0.pods = .verified }
    #expect(fresh.snapshot.names.count == zone.snapshot.names.count)
    #expect(fresh.snapshot.addresses.count == zone.snapshot.addresses.count)
    for name in names where isReverse(name) {
      let one = try zone.ask(name, .ptr, over: .tcp).answers
      #expect(one == (try fresh.ask(name, .ptr, over: .tcp).answers), "\(name)")
    }
  }

  static func isReverse(_ name: String) -> Bool { name.hasSuffix(".arpa") }

  static func parent(_ name: String) -> String? {
    guard !isReverse(name), let dot = name.firstIndex(of: ".") else { return nil }
    return String(name[name.index(after: dot)...])
  }

  static func compare(
    _ name: String, _ zone: TestZone, _ expected: ZoneOracle.Zone, _ namespaces: Set<String>,
    _ comment: Comment
  ) throws {
    let full = isReverse(name) ? name : name + ".cluster.local"
    let records = expected.records[name] ?? [:]
    // Every type that has records, and at least one that has none.
    let types = [RecordType.a, .aaaa, .srv, .ptr].filter { records["\($0)"] != nil }
    for type in types + [.txt] {
      let response = try zone.ask(full, type, over: .tcp)
      var expectedData = records["\(type)"] ?? []
      if let alias = records["CNAME"]?.first { expectedData = [alias] }
      let data = response.answers.filter { "\($0.name)" == full + "." }.map(\.dataText)
      #expect(Set(data) == expectedData, "\(comment): \(full) \(type)")
      #expect(data.count == expectedData.count, "\(comment): \(full) \(type) repeats records")
      guard !isReverse(name), records["CNAME"] == nil else { continue }
      let exists = name == "svc" || name == "pod" || expected.exists(name, namespaces: namespaces)
      #expect(
        response.responseCode == (exists ? .noError : .nameError), "\(comment): \(full) \(type)")
      #expect(response.authority.count == (data.isEmpty ? 1 : 0), "\(comment): \(full) \(type)")
    }
  }

  static func randomChange(_ random: inout SeededGenerator) -> ZoneChange {
    let namespace = "ns-\(Int.random(in: 0..<3, using: &random))"
    let name = "svc-\(Int.random(in: 0..<5, using: &random))"
    let sliceName = "slice-\(Int.random(in: 0..<8, using: &random))"
    switch Int.random(in: 0..<24, using: &random) {
    case 20: return .deletePod(Objects.key(namespace, name))
    case 21...23: return randomPod(namespace, name, &random)
    case 0: return .deleteService(Objects.key(namespace, name))
    case 1...2: return .deleteSlice(Objects.key(namespace, sliceName))
    case 3: return .namespace(namespace)
    case 4: return .deleteNamespace(namespace)
    case 5: return Objects.externalName(namespace, name, "target.example.com")
    case 6...10: return randomService(namespace, name, &random)
    default: return randomSlice(namespace, sliceName, of: name, &random)
    }
  }

  private static func randomPod(
    _ namespace: String, _ name: String, _ random: inout SeededGenerator
  ) -> ZoneChange {
    var pod = Pod(metadata: ObjectMeta(name: name, namespace: namespace))
    pod.phase = Int.random(in: 0..<5, using: &random) == 0 ? .failed : .running
    let host = Int.random(in: 1...4, using: &random)
    pod.podIPs =
      Bool.random(using: &random) ? ["10.0.9.\(host)"] : ["10.0.9.\(host)", "fd09::\(host)"]
    pod.hostname = "pod-\(host)"
    pod.subdomain = "svc-0"
    pod.nodeName = "node"
    return .pod(PodRecord(pod))
  }

  private static func randomService(
    _ namespace: String, _ name: String, _ random: inout SeededGenerator
  ) -> ZoneChange {
    let addresses: [[String]] = [
      ["None"], ["10.96.0.\(Int.random(in: 1...6, using: &random))"],
      ["10.0.0.\(Int.random(in: 1...6, using: &random))", "fd00:10:96::1"], [],
    ]
    let ports = ["a", "b", ""].prefix(Int.random(in: 0...3, using: &random)).map {
      Objects.port(
        $0, UInt16.random(in: 1...3, using: &random), Bool.random(using: &random) ? .tcp : .udp)
    }
    let publishes = Int.random(in: 0..<4, using: &random) == 0
    return Objects.service(
      namespace, name, clusterIPs: addresses[Int.random(in: 0..<4, using: &random)], ports: ports
    ) { $0.publishNotReadyAddresses = publishes }
  }

  private static func randomSlice(
    _ namespace: String, _ name: String, of service: String, _ random: inout SeededGenerator
  ) -> ZoneChange {
    let isV6 = Int.random(in: 0..<4, using: &random) == 0
    let endpoints = (0..<Int.random(in: 0...5, using: &random)).map { _ in
      let host = Int.random(in: 1...8, using: &random)
      let address = isV6 ? "fd00::\(host)" : "10.0.0.\(host)"
      let isReady = Int.random(in: 0..<4, using: &random) > 0
      let hostname = Bool.random(using: &random) ? "pod-\(host % 4)=" : ""
      return (isReady ? "" : "!") + hostname + address
    }
    let ports = ["a", "b"].prefix(Int.random(in: 0...2, using: &random)).map {
      ($0, Int32.random(in: 1...3, using: &random))
    }
    return Objects.slice(
      namespace, name, of: service, endpoints, ports: ports, type: isV6 ? .ipv6 : .ipv4
    ) { slice in
      if Int.random(in: 0..<10, using: &random) == 0 { slice.metadata.labels = [:] }
    }
  }
}

extension Record {
  /// The data as the oracle writes it.
  fileprivate var dataText: String {
    var text = text.split(separator: " ").dropFirst(2).joined(separator: " ")
    if case .cname(let name) = data { text = String(name.description.dropLast()) }
    return text
  }
}
