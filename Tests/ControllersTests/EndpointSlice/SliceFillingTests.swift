import KubernetesAPI
import Testing

@testable import Controllers

struct SliceFillingTests {
  @Test(arguments: [
    (0, [0]), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50]),
  ])
  func newSlicesAreFilledUp(count: Int, sizes: [Int]) {
    var world = SliceWorld()
    world.pods = Sample.pods(0..<count)
    world.reconcile()
    #expect(world.sizes == sizes)
    #expect(world.reconcile() == [])
  }

  @Test func oneMoreEndpointIsOneWrite() {
    var world = SliceWorld()
    world.pods = Sample.pods(0..<250)
    world.reconcile()
    world.pods += Sample.pods(250..<251)
    #expect(world.reconcile().map(\.verb) == ["update"])
    #expect(world.sizes == [100, 100, 51])
  }

  @Test func aFlipOfOnePodIsOneWrite() {
    var world = SliceWorld()
    world.pods = Sample.pods(0..<250)
    world.reconcile()
    world.pods[137].isReady = false
    #expect(world.reconcile().map(\.verb) == ["update"])
  }

  @Test func slicesThatMustBeWrittenAreFilledFirst() {
    var world = SliceWorld()
    world.pods = Sample.pods(0..<200)
    world.reconcile()
    // Three leave the first slice; five come: three fit there, two are left for a new slice.
    let leaving = Set(world.slices[0].endpoints.prefix(3).compactMap { $0.targetRef?.name })
    world.pods.removeAll { leaving.contains($0.metadata.name) }
    world.pods += Sample.pods(200..<205)
    let writes = world.reconcile()
    #expect(writes.map(\.verb) == ["create", "update"])
    #expect(world.sizes == [100, 100, 2])
  }

  @Test func leftoversGoWhollyIntoTheFullestSliceThatTakesThem() {
    var world = SliceWorld()
    world.reconciler.maximumEndpoints = 10
    world.pods = Sample.pods(0..<30)
    world.reconcile()
    // Make holes: slices of 10, 7 and 5, all settled.
    let removed = Set([10, 11, 12, 20, 21, 22, 23, 24].map { "p\($0)" })
    world.pods.removeAll { removed.contains($0.metadata.name) }
    world.reconcile()
    let sizes = world.sizes.reduce(0, +)
    #expect(sizes == 22)
    let before = world.sizes
    world.pods += Sample.pods(30..<33)
    #expect(world.reconcile().map(\.verb) == ["update"])
    // The fullest with room for three took them.
    let fitting = before.filter { $0 + 3 <= 10 }.max() ?? 0
    var expected = before
    expected[expected.firstIndex(of: fitting) ?? 0] += 3
    #expect(world.sizes == expected.sorted(by: >))
  }

  @Test func slicesThatEmptyAreDeleted() {
    var world = SliceWorld()
    world.pods = Sample.pods(0..<150)
    world.reconcile()
    let second = Set(world.slices[1].endpoints.compactMap { $0.targetRef?.name })
    world.pods.removeAll { second.contains($0.metadata.name) }
    #expect(world.reconcile().map(\.verb) == ["delete"])
    #expect(world.sizes == [100])
  }

  @Test func anotherTargetPortReusesEverySlice() {
    var world = SliceWorld()
    world.pods = Sample.pods(0..<250)
    world.reconcile()
    let names = Set(world.slices.map(\.metadata.name))
    world.service.ports[0].targetPort = .integer(9090)
    let all = Set(world.pods.flatMap(\.podIPs))
    let writes = world.reconcile { #expect($0.addresses == all) }
    #expect(writes.map(\.verb) == ["update", "update", "update"])
    #expect(Set(world.slices.map(\.metadata.name)) == names)
    #expect(world.slices.allSatisfy { $0.ports.first?.port == 9090 })
  }

  @Test func endpointsThatSwapPlacesAreNeverWithoutASlice() {
    // Two Pods have the named ports the other way round; the Service turns from one name to the
    // other, so that two slices give an endpoint to each other.
    var world = SliceWorld()
    world.service.ports[0].targetPort = .string("a")
    let ports: [(UInt16, UInt16)] = [(1, 2), (2, 1), (1, 1), (2, 2)]
    world.pods = ports.enumerated().map { index, ports in
      var pod = Sample.pods([index])[0]
      pod.ports = [
        .init(name: "a", containerPort: ports.0), .init(name: "b", containerPort: ports.1),
      ]
      return pod
    }
    world.reconcile()
    #expect(world.sizes == [2, 2])
    world.service.ports[0].targetPort = .string("b")
    let all = world.addresses
    let writes = world.reconcile { #expect($0.addresses == all) }
    #expect(writes.map(\.verb) == ["update", "update", "update"])
    #expect(world.sizes == [2, 2])
    #expect(world.reconcile() == [])
  }
}

struct TrafficDistributionTests {
  @Test(
    arguments: [
      ("PreferClose", ["a"], []), ("PreferSameZone", ["a"], []),
      ("PreferSameNode", ["a"], ["node-1"]), ("Somewhere", [], []), (nil, [], []),
    ] as [(String?, [String], [String])])
  func hintsFollowTheService(distribution: String?, zones: [String], nodes: [String]) {
    var world = SliceWorld()
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    world.reconcile()
    world.service.trafficDistribution = distribution
    let writes = world.reconcile()
    #expect(writes.count == (distribution == nil || zones.isEmpty ? 0 : 1))
    #expect(world.only?.hintedZones == zones)
    #expect(world.only?.hintedNodes == nodes)
    #expect(world.reconcile() == [])
    world.service.trafficDistribution = nil
    world.reconcile()
    #expect(world.only?.hintedZones == [])
    #expect(world.only?.hintedNodes == [])
  }

  @Test func endpointsThatAreNotReadyHaveNone() {
    var world = SliceWorld()
    world.service.trafficDistribution = "PreferClose"
    world.pods = [Sample.pod("p", ip: "10.0.0.1", ready: false)]
    world.reconcile()
    #expect(world.only?.hintedZones == [])
    world.pods[0].isReady = true
    world.reconcile()
    #expect(world.only?.hintedZones == ["a"])
    world.pods[0].isReady = false
    world.reconcile()
    #expect(world.only?.hintedZones == [])
    #expect(world.reconcile() == [])
  }

  @Test func aNodeThatMovesTakesItsHintsAlong() {
    var world = SliceWorld()
    world.service.trafficDistribution = "PreferClose"
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    world.reconcile()
    world.nodes[0].metadata.labels[Node.zoneLabel] = "c"
    #expect(world.reconcile().map(\.verb) == ["update"])
    #expect(world.only?.zone == "c")
    #expect(world.only?.hintedZones == ["c"])
    world.nodes[0].metadata.labels[Node.zoneLabel] = nil
    world.reconcile()
    #expect(world.only?.zone == nil)
    #expect(world.only?.hintedZones == [])
  }
}

struct TriggerTimesTests {
  @Test func theEarliestChangeSinceTheLastLookCounts() {
    let times = TriggerTimes()
    let service = Sample.service()
    var first = Sample.pod("p1")
    var second = Sample.pod("p2")
    first.readyTransitionTime = Timestamp(seconds: 2000)
    #expect(times.next(for: service, pods: [first, second]) == Timestamp(seconds: 1000))
    #expect(times.next(for: service, pods: [first, second]) == nil)
    first.readyTransitionTime = Timestamp(seconds: 3002)
    second.readyTransitionTime = Timestamp(seconds: 3001)
    #expect(times.next(for: service, pods: [first, second]) == Timestamp(seconds: 3001))
    #expect(times.next(for: service, pods: [second]) == nil)
    times.forget(service.key)
    #expect(times.next(for: service, pods: []) == Timestamp(seconds: 1000))
  }
}
