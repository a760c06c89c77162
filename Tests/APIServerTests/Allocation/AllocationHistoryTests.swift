import APIServer
import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

/// Random histories of creations, changes and deletions through several servers of one store. An
/// oracle compares the keys with the Services after every step.
@Suite struct AllocationHistoryTests {
  private struct History {
    var generator: SeededGenerator
    let planes: [KindPlane]
    let names = (0..<12).map { "web-\($0)" }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
      elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    mutating func chance(_ percent: Int) -> Bool {
      Int.random(in: 0..<100, using: &generator) < percent
    }

    mutating func ports() -> JSON {
      let count = Int.random(in: 1...3, using: &generator)
      return .array(
        (0..<count).map { index in
          var port: JSON = [
            "name": .string("p\(index)"), "port": .integer(Int64(80 + index / 2)),
            "protocol": index % 2 == 0 ? "TCP" : "UDP",
          ]
          if chance(30) {
            port["nodePort"] = .integer(Int64.random(in: 29998...30042, using: &generator))
          }
          return port
        })
    }

    mutating func spec() -> JSON {
      var spec: JSON = ["ports": ports()]
      let type = pick(["ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "NodePort"])
      spec["type"] = .string(type)
      if type == "ExternalName" { spec["externalName"] = "a.example" }
      if chance(40) { spec["ipFamilyPolicy"] = .string(pick(["PreferDualStack", "SingleStack"])) }
      if chance(20) { spec["externalTrafficPolicy"] = "Local" }
      if chance(20) {
        spec["clusterIP"] = .string(
          pick(["None", "10.96.0.3", "10.96.0.4", "fd00::5", "10.97.0.1", "10.96.0.14"]))
      }
      if chance(15) { spec["allocateLoadBalancerNodePorts"] = false }
      if chance(10) { spec["healthCheckNodePort"] = 30007 }
      if chance(10) { spec["sessionAffinity"] = "Cookie" }
      return spec
    }

    /// One request; refusals are part of the history.
    mutating func step() async {
      let plane = pick(planes)
      let name = pick(names)
      let dryRun = chance(10)
      let body: JSON = ["metadata": ["name": .string(name)], "spec": spec()]
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<4: _ = try? await plane.create(body, dryRun: dryRun)
      case 4..<6: _ = try? await plane.put(body, to: name, dryRun: dryRun)
      case 6..<8: _ = try? await plane.merge(body, into: name, dryRun: dryRun)
      default: try? await plane.delete(name, dryRun: dryRun)
      }
    }
  }

  /// Every address and port of a Service has its key, no other keys are there, and no two Services
  /// have the same.
  private func check(_ plane: KindPlane, _ place: Comment) async throws {
    var owned: [String] = []
    for object in try await plane.all() {
      let spec = object.member("spec")
      let type = spec.text("type")
      if type != "ExternalName", spec.text("clusterIP") != "None" {
        let addresses = spec.items("clusterIPs").compactMap(\.string)
        #expect(addresses.count == spec.items("ipFamilies").count, place)
        owned += addresses.map { "/registry/ipaddresses/\($0)" }
      }
      guard type == "NodePort" || type == "LoadBalancer" else { continue }
      let numbers = spec.items("ports").map { $0.number("nodePort") }
      if type == "NodePort" { #expect(!numbers.contains(0), place) }
      let all = Set(numbers + [spec.number("healthCheckNodePort")]).subtracting([0])
      owned += all.map { "/rollcall/nodeports/\($0)" }
    }
    var keys: [String] = []
    for prefix in ["/registry/ipaddresses/", "/rollcall/nodeports/"] {
      let page = try await plane.store.list(prefix: prefix, startingAt: nil, limit: 0, at: nil)
      keys += page.objects.map(\.key)
    }
    #expect(owned.sorted() == keys.sorted(), place)
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `keys and Services agree after every step of any history`(seed: UInt64) async throws {
    let network = try ServiceNetwork(
      serviceCIDR: "10.96.0.0/28,fd00::/125", nodePortRange: "30000-30040")
    let store = MemoryStore()
    var history = History(
      generator: SeededGenerator(seed: seed),
      planes: (0..<2).map { _ in KindPlane.services(network, store: store) })
    for step in 0..<250 {
      await history.step()
      try await check(history.planes[0], "seed \(seed), step \(step)")
    }
    // Nothing has leaked in memory either: what is free in the store can be had.
    for object in try await history.planes[0].all() {
      try await history.planes[0].delete(object.member("metadata").text("name"))
    }
    for number in 0..<14 {
      _ = try await history.planes[number % 2].create([
        "metadata": ["name": .string("last-\(number)")], "spec": ["ports": [["port": 80]]],
      ])
    }
    try await check(history.planes[0], "seed \(seed), end")
  }
}
