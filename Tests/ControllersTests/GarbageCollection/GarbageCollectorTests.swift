import FakeAPIServer
import JSONTree
import KubernetesAPI
import KubernetesClient
import Testing

@testable import Controllers

struct GarbageCollectorTests {
  private let plane = Plane()
  private var server: FakeAPIServer { plane.server }
  private var client: KubernetesClient { server.client() }

  private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

  private func exists(_ resource: ResourceType, _ name: String) -> Bool {
    plane.metadata(resource, name) != nil
  }

  @Test func dependentsGoAfterTheirOwner() async throws {
    let owner = plane.put(Plane.widget, "owner")
    let middle = plane.put(
      Plane.secret, "middle", owners: [plane.reference(Plane.widget, owner)])
    plane.put(Plane.widget, "leaf", owners: [plane.reference(Plane.secret, middle)])
    plane.put(Plane.secret, "other")
    try await plane.run {
      try await client.delete(Plane.widget, key("owner"))
      #expect(await eventually { !exists(Plane.secret, "middle") && !exists(Plane.widget, "leaf") })
      #expect(exists(Plane.secret, "other"))
    }
  }

  @Test func anOwnerThatNeverWasCountsAsGone() async throws {
    plane.put(
      Plane.secret, "lost",
      owners: [OwnerReference(apiVersion: "v1", kind: "Pod", name: "p", uid: "never")])
    let pod = server.put(Sample.pod("p", ip: "10.0.0.1"))
    plane.put(
      Plane.secret, "kept",
      owners: [
        OwnerReference(apiVersion: "v1", kind: "Pod", name: "p", uid: pod.metadata.uid)
      ])
    try await plane.run {
      #expect(await eventually { !exists(Plane.secret, "lost") })
      #expect(exists(Plane.secret, "kept"))
    }
  }

  @Test func oneOwnerLeftIsEnoughAndTheOthersAreTakenOff() async throws {
    let first = plane.put(Plane.widget, "first")
    let second = plane.put(Plane.widget, "second")
    plane.put(
      Plane.secret, "s",
      owners: [plane.reference(Plane.widget, first), plane.reference(Plane.widget, second)])
    try await plane.run {
      try await client.delete(Plane.widget, key("first"))
      #expect(
        await eventually {
          plane.metadata(Plane.secret, "s")?.ownerReferences.map(\.name) == ["second"]
        })
      try await client.delete(Plane.widget, key("second"))
      #expect(await eventually { !exists(Plane.secret, "s") })
    }
  }

  @Test func inTheForegroundAnOwnerWaitsForThoseThatBlockIt() async throws {
    let owner = plane.put(Plane.widget, "owner")
    plane.put(
      Plane.secret, "held", owners: [plane.reference(Plane.widget, owner)],
      finalizers: ["example.com/hold"])
    plane.put(Plane.secret, "free", owners: [plane.reference(Plane.widget, owner)])
    plane.put(
      Plane.secret, "loose", owners: [plane.reference(Plane.widget, owner, blocks: false)],
      finalizers: ["example.com/hold"])
    try await plane.run {
      try await client.delete(
        Plane.widget, key("owner"), options: DeleteOptions(propagation: .foreground))
      #expect(await eventually { !exists(Plane.secret, "free") })
      #expect(
        await eventually { plane.metadata(Plane.secret, "held")?.isBeingDeleted == true })
      #expect(
        await eventually { plane.metadata(Plane.secret, "loose")?.isBeingDeleted == true })
      #expect(plane.metadata(Plane.widget, "owner")?.finalizers == ["foregroundDeletion"])
      server.remove(Plane.secret, key("held"))
      #expect(await eventually { !exists(Plane.widget, "owner") })
      #expect(exists(Plane.secret, "loose"))
    }
  }

  @Test func theForegroundReachesThroughGenerations() async throws {
    let owner = plane.put(Plane.widget, "owner")
    let middle = plane.put(
      Plane.secret, "middle", owners: [plane.reference(Plane.widget, owner)])
    plane.put(
      Plane.widget, "leaf", owners: [plane.reference(Plane.secret, middle)],
      finalizers: ["example.com/hold"])
    try await plane.run {
      try await client.delete(
        Plane.widget, key("owner"), options: DeleteOptions(propagation: .foreground))
      #expect(
        await eventually { plane.metadata(Plane.widget, "leaf")?.isBeingDeleted == true })
      #expect(plane.metadata(Plane.secret, "middle")?.finalizers == ["foregroundDeletion"])
      #expect(exists(Plane.widget, "owner"))
      server.remove(Plane.widget, key("leaf"))
      #expect(
        await eventually { !exists(Plane.secret, "middle") && !exists(Plane.widget, "owner") })
    }
  }

  @Test func orphansLoseTheirReferenceAndStay() async throws {
    let owner = plane.put(Plane.widget, "owner")
    plane.put(Plane.secret, "s", owners: [plane.reference(Plane.widget, owner)])
    try await plane.run {
      try await client.delete(
        Plane.widget, key("owner"), options: DeleteOptions(propagation: .orphan))
      #expect(await eventually { !exists(Plane.widget, "owner") })
      #expect(plane.metadata(Plane.secret, "s")?.ownerReferences == [])
    }
  }

  @Test func anOwnerOfThatNameIsNotTheOwner() async throws {
    let owner = plane.put(Plane.widget, "owner")
    plane.put(Plane.secret, "s", owners: [plane.reference(Plane.widget, owner)])
    try await plane.run {
      server.remove(Plane.widget, key("owner"))
      plane.put(Plane.widget, "owner")
      #expect(await eventually { !exists(Plane.secret, "s") })
      #expect(exists(Plane.widget, "owner"))
    }
  }

  @Test func nothingIsDeletedOnTheWordOfAViewThatLags() async throws {
    let owner = plane.put(Plane.widget, "owner")
    try await plane.run {
      // The collector sees the dependent but not its new owner.
      server.holdWatches(of: Plane.widget)
      let late = plane.put(Plane.widget, "late")
      plane.put(Plane.secret, "s", owners: [plane.reference(Plane.widget, late)])
      plane.put(Plane.secret, "t", owners: [plane.reference(Plane.widget, owner)])
      #expect(
        await eventually {
          server.requests.contains { $0.method == "GET" && $0.target.hasSuffix("/widgets/late") }
        })
      #expect(exists(Plane.secret, "s"))
      #expect(exists(Plane.secret, "t"))
      server.releaseWatches()
      try await client.delete(Plane.widget, key("late"))
      #expect(await eventually { !exists(Plane.secret, "s") })
    }
  }

  @Test func anOwnerOfAnUnknownTypeProtects() async throws {
    plane.put(
      Plane.secret, "s",
      owners: [
        OwnerReference(apiVersion: "unknown.io/v1", kind: "Thing", name: "x", uid: "y")
      ])
    plane.put(
      Plane.secret, "marker",
      owners: [OwnerReference(apiVersion: "v1", kind: "Pod", name: "p", uid: "never")])
    try await plane.run {
      #expect(await eventually { !exists(Plane.secret, "marker") })
      #expect(exists(Plane.secret, "s"))
    }
  }

  @Test func slicesGoWithTheirService() async throws {
    server.put(Sample.service())
    try await plane.run {
      #expect(await eventually { plane.slices(of: "web").count == 1 })
      try await client.delete(Service.self, key("web"))
      #expect(await eventually { plane.slices(of: "web").isEmpty })
    }
  }
}

struct ReferenceVerdictTests {
  private typealias Owner = ReferenceVerdict.Owner

  @Test(
    arguments: [
      ([], [], false, ReferenceVerdict.keep),
      ([.solid], [], true, .keep),
      ([.solid, .absent], [], false, .keepWithout(uids: ["1"])),
      ([.waiting, .solid, .absent], [], true, .keepWithout(uids: ["0", "2"])),
      ([.absent], [], true, .delete(.background)),
      ([.absent, .absent], ["orphan"], false, .delete(.orphan)),
      ([.absent], ["foregroundDeletion"], false, .delete(.foreground)),
      ([.waiting], [], true, .delete(.foreground)),
      ([.waiting], [], false, .delete(.background)),
      ([.waiting, .absent], ["orphan"], true, .delete(.foreground)),
      ([.waiting], ["orphan"], false, .delete(.orphan)),
    ] as [([ReferenceVerdict.Owner], [String], Bool, ReferenceVerdict)])
  func ownersDecide(
    owners: [ReferenceVerdict.Owner], finalizers: [String], hasDependents: Bool,
    verdict: ReferenceVerdict
  ) {
    #expect(
      ReferenceVerdict(
        owners: owners.enumerated().map { (String($0.offset), $0.element) },
        finalizers: finalizers, hasDependents: hasDependents) == verdict)
  }
}
