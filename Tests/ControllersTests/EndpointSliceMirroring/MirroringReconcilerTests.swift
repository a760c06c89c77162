import KubernetesAPI
import Testing

@testable import Controllers

struct MirroringReconcilerTests {
  private let reconciler = MirroringReconciler()

  private func endpoints(_ subsets: [Endpoints.Subset]) -> Endpoints {
    var endpoints = Endpoints(
      metadata: ObjectMeta(name: "db", namespace: "default"), subsets: subsets)
    endpoints.metadata.uid = "uid-db"
    return endpoints
  }

  private func subset(
    _ ready: [String], _ notReady: [String] = [], port: Int32 = 5432
  ) -> Endpoints.Subset {
    Endpoints.Subset(
      addresses: ready.map { Endpoints.Address(ip: $0) },
      notReadyAddresses: notReady.map { Endpoints.Address(ip: $0) },
      ports: [Endpoints.Port(name: "sql", port: port, transport: .tcp)])
  }

  /// Applies writes as a server would.
  private func apply(_ writes: [SliceWrite], to slices: [EndpointSlice]) -> [EndpointSlice] {
    var world = SliceWorld()
    world.slices = slices
    for write in writes { world.apply(write) }
    return world.slices
  }

  @Test func aSliceMirrorsASubset() throws {
    var source = endpoints([subset(["10.0.0.1"], ["10.0.0.2"])])
    source.metadata.labels = ["team": "a"]
    source.metadata.annotations = [
      "note": "x", "kubectl.kubernetes.io/last-applied-configuration": "{}",
      "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z",
    ]
    source.subsets[0].addresses[0].hostname = "h"
    source.subsets[0].addresses[0].nodeName = "n"
    let result = reconciler.result(endpoints: source, existing: [])
    guard case .create(let slice)? = result.writes.first, result.writes.count == 1 else {
      Issue.record("\(result)")
      return
    }
    #expect(slice.metadata.generateName == "db-")
    #expect(
      slice.metadata.labels == [
        "team": "a", "kubernetes.io/service-name": "db",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
      ])
    #expect(slice.metadata.annotations == ["note": "x"])
    #expect(slice.metadata.ownerReferences.first?.kind == "Endpoints")
    #expect(slice.metadata.ownerReferences.first?.uid == "uid-db")
    #expect(
      slice.ports == [EndpointSlice.Port(name: "sql", transport: .tcp, port: 5432)])
    var first = EndpointSlice.Endpoint(addresses: ["10.0.0.1"], ready: true)
    first.hostname = "h"
    first.nodeName = "n"
    #expect(
      slice.endpoints == [first, EndpointSlice.Endpoint(addresses: ["10.0.0.2"], ready: false)])
    let settled = apply(result.writes, to: [])
    #expect(reconciler.result(endpoints: source, existing: settled).writes == [])
  }

  @Test func familiesAndSubsetsHaveSlicesOfTheirOwn() {
    let source = endpoints([
      subset(["10.0.0.1", "fd00::1"]), subset(["10.0.0.2"], port: 5433),
    ])
    let slices = apply(reconciler.result(endpoints: source, existing: []).writes, to: [])
    let described = slices.map {
      "\($0.addressType.rawValue) \($0.ports.first?.port ?? 0) "
        + $0.endpoints.flatMap(\.addresses).joined(separator: ",")
    }
    #expect(
      Set(described) == ["IPv4 5432 10.0.0.1", "IPv6 5432 fd00::1", "IPv4 5433 10.0.0.2"])
  }

  @Test func changesAreFollowedWithFewWrites() {
    var source = endpoints([subset(["10.0.0.1"])])
    var slices = apply(reconciler.result(endpoints: source, existing: []).writes, to: [])
    let name = slices[0].metadata.name
    let changes: [(String, (inout Endpoints) -> Void, [String])] = [
      ("an address more", { $0.subsets[0].addresses.append(.init(ip: "10.0.0.9")) }, ["update"]),
      ("another port", { $0.subsets[0].ports[0].port = 1 }, ["update"]),
      ("a label", { $0.metadata.labels["a"] = "b" }, ["update"]),
      ("an annotation", { $0.metadata.annotations["a"] = "b" }, ["update"]),
      ("another object of that name", { $0.metadata.uid = "new" }, ["update"]),
      (
        "an annotation that is not copied",
        { $0.metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"] = "1" }, []
      ),
      ("no address", { $0.subsets = [] }, ["delete"]),
    ]
    for (what, change, verbs) in changes {
      change(&source)
      let writes = reconciler.result(endpoints: source, existing: slices).writes
      #expect(writes.map(\.verb) == verbs, "\(what)")
      slices = apply(writes, to: slices)
      #expect(slices.allSatisfy { $0.metadata.name == name }, "\(what)")
      #expect(reconciler.result(endpoints: source, existing: slices).writes == [], "\(what)")
    }
    #expect(slices.isEmpty)
  }

  @Test func invalidAndSurplusAddressesAreCounted() {
    var small = reconciler
    small.maximumAddresses = 2
    let source = endpoints([subset(["bad", "10.0.0.1", "10.0.0.2", "10.0.0.3"], ["10.0.0.4"])])
    let result = small.result(endpoints: source, existing: [])
    // Sorted as text, "bad" comes after the addresses and is never looked at.
    #expect(result.invalidAddresses == 0)
    #expect(result.skippedAddresses == 3)
    let invalid = reconciler.result(endpoints: source, existing: [])
    #expect(invalid.invalidAddresses == 1)
    #expect(invalid.skippedAddresses == 1)
  }

  @Test(
    arguments: [
      (["endpointslice.kubernetes.io/skip-mirror": "true"], [:], false),
      (["endpointslice.kubernetes.io/skip-mirror": "false"], [:], true),
      ([:], ["control-plane.alpha.kubernetes.io/leader": "{}"], false), ([:], [:], true),
    ] as [([String: String], [String: String], Bool)])
  func locksAndWhatAsksForItAreLeftAlone(
    labels: [String: String], annotations: [String: String], mirrors: Bool
  ) {
    var source = endpoints([])
    source.metadata.labels = labels
    source.metadata.annotations = annotations
    #expect(MirroringReconciler.mirrors(source) == mirrors)
  }
}
