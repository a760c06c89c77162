import APIServer
import JSONTree
import KubernetesAPI
import Logging
import ObjectStore
import Testing

@Suite struct ServiceConformanceTests {
  private func check(_ recorded: RecordedCase) async throws {
    let network = try ServiceNetwork(
      serviceCIDR: recorded.isDualStack
        ? "10.96.0.0/16,fd00:10:96::/112" : "10.96.0.0/24")
    let plane = KindPlane.services(network)
    // Every cluster has it, and it holds the first address.
    _ = try await plane.create([
      "metadata": ["name": "kubernetes"],
      "spec": [
        "clusterIP": .string(network.apiServerAddress.description), "ports": [["port": 443]],
      ],
    ])
    try await recorded.run(on: plane)
  }

  @Test(arguments: try RecordedCase.load("service-invalid"))
  func `an invalid Service is refused as Kubernetes refuses it`(
    recorded: RecordedCase
  ) async throws { try await check(recorded) }

  @Test(arguments: try RecordedCase.load("service-valid"))
  func `a valid Service is completed as Kubernetes completes it`(
    recorded: RecordedCase
  ) async throws { try await check(recorded) }

  @Test(arguments: try RecordedCase.load("service-transitions"))
  func `a Service changes its type and families as in Kubernetes`(
    recorded: RecordedCase
  ) async throws { try await check(recorded) }
}

extension KindPlane {
  /// Services over a store in memory.
  static func services(
    _ network: ServiceNetwork, store: any ObjectStore = MemoryStore(),
    random: @escaping @Sendable (UInt64) -> UInt64 = { UInt64.random(in: 0..<$0) }
  ) -> KindPlane {
    let allocator = ServiceAllocator(
      network: network, store: store, log: Logger(label: "test"),
      now: { Timestamp(seconds: 1_767_225_600) },
      makeUID: { "00000000-0000-0000-0000-000000000002" }, random: random)
    return KindPlane(kind: ServiceKind(), hook: allocator, store: store)
  }

  var allocator: ServiceAllocator? { hook as? ServiceAllocator }
}
