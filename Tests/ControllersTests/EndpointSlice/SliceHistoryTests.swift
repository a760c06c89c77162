import KubernetesAPI
import Testing

@testable import Controllers

/// A reproducible source of randomness (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Properties that hold whatever happens to Pods and Services.
struct SliceHistoryTests {
  @Test(arguments: 1...24) func slicesAreTheDesiredSetThroughEveryHistory(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    var world = SliceWorld(Sample.service(families: seed.isMultiple(of: 3) ? [.v4, .v6] : [.v4]))
    world.reconciler.maximumEndpoints = [3, 10, 100][seed % 3]
    var nextPod = 0
    for step in 0..<40 {
      Self.change(&world, &nextPod, &random)
      let before = world.addresses
      let desired = Self.desired(world)
      let kept = before.intersection(desired.keys)
      let writes = world.reconcile { midway in
        let lost = kept.subtracting(midway.addresses)
        #expect(lost.isEmpty, "seed \(seed), step \(step): \(lost) lost while moving")
      }
      Self.check(world, desired, "seed \(seed), step \(step)")
      #expect(world.reconcile() == [], "seed \(seed), step \(step): not settled")
      let written = Set(writes.map { "\($0)" })
      #expect(written.count == writes.count, "seed \(seed), step \(step): the same write twice")
    }
  }

  /// What each address must offer: `name=port` of every port.
  private static func desired(_ world: SliceWorld) -> [String: Set<String>] {
    var desired: [String: Set<String>] = [:]
    for pod in world.pods where !pod.isTerminal {
      let isOnNode = world.nodes.contains { $0.metadata.name == pod.nodeName }
      guard isOnNode || world.service.publishNotReadyAddresses else { continue }
      let ports = world.service.ports.compactMap { port in
        DesiredEndpoints.number(of: port, in: pod).map { "\(port.name)=\($0)" }
      }
      for ip in pod.podIPs {
        guard let family = IPAddress(ip)?.family, world.service.ipFamilies.contains(family) else {
          continue
        }
        desired[ip] = Set(ports)
      }
    }
    return desired
  }

  private static func check(
    _ world: SliceWorld, _ desired: [String: Set<String>], _ place: Comment
  ) {
    var found: [String: Set<String>] = [:]
    for slice in world.slices {
      #expect(slice.endpoints.count <= world.reconciler.maximumEndpoints, place)
      let ports = Set(slice.ports.map { "\($0.name ?? "")=\($0.port ?? 0)" })
      for address in slice.endpoints.flatMap(\.addresses) {
        #expect(found[address] == nil, place)  // Never in two slices.
        found[address] = ports
      }
    }
    #expect(found == desired, place)
    for type in EndpointSliceReconciler.addressTypes(of: world.service) {
      #expect(world.slices.contains { $0.addressType == type }, place)
    }
  }

  private static func change(
    _ world: inout SliceWorld, _ nextPod: inout Int, _ random: inout SeededGenerator
  ) {
    switch Int.random(in: 0..<12, using: &random) {
    case 0...3:
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        var pod = Sample.pods([nextPod])[0]
        nextPod += 1
        if Bool.random(using: &random) { pod.podIPs.append("fd00::\(nextPod)") }
        pod.nodeName = ["node-1", "node-2", "unknown"].randomElement(using: &random) ?? ""
        pod.isReady = Bool.random(using: &random)
        pod.ports = [
          .init(name: "a", containerPort: [1, 2, 3].randomElement(using: &random) ?? 1),
          .init(name: "b", containerPort: [1, 2, 3].randomElement(using: &random) ?? 1),
        ]
        world.pods.append(pod)
      }
    case 4...6:
      for _ in 0..<Int.random(in: 1...8, using: &random) where !world.pods.isEmpty {
        world.pods.remove(at: Int.random(in: world.pods.indices, using: &random))
      }
    case 7, 8:
      for index in world.pods.indices where Int.random(in: 0..<5, using: &random) == 0 {
        world.pods[index].isReady.toggle()
      }
    case 9:
      world.service.ports[0].targetPort =
        [.string("a"), .string("b"), .string("c"), .integer(7)].randomElement(using: &random)
    case 10:
      world.service.metadata.labels["l"] = String(Int.random(in: 0..<3, using: &random))
    default:
      world.service.publishNotReadyAddresses.toggle()
    }
  }
}
