import KubernetesAPI
import Testing

@testable import Controllers

struct OwnerGraphTests {
  private let graph = OwnerGraph()

  private func node(
    _ uid: String, owners: [String] = [], blocks: Bool = true, finalizers: [String] = [],
    deleting: Bool = false, name: String? = nil
  ) -> OwnerGraph.Node {
    var metadata = ObjectMeta(name: name ?? uid, namespace: "default")
    metadata.uid = uid
    metadata.finalizers = finalizers
    if deleting { metadata.deletionTimestamp = Timestamp(seconds: 1) }
    metadata.ownerReferences = owners.map {
      OwnerReference(
        apiVersion: "v1", kind: "Pod", name: $0, uid: $0, blockOwnerDeletion: blocks)
    }
    return OwnerGraph.Node(resource: Pod.resource, metadata: metadata)
  }

  @Test func onlyObjectsWhoseOwnerIsNotKnownNeedALook() {
    #expect(graph.set(node("child", owners: ["parent"])) == ["child"])
    #expect(graph.set(node("parent")) == [])
    #expect(graph.set(node("second", owners: ["parent"])) == [])
    #expect(graph.set(node("third", owners: ["parent", "stranger"])) == ["third"])
    #expect(Set(graph.dependents(of: "parent").map(\.uid)) == ["child", "second", "third"])
  }

  @Test func theDependentsOfWhatIsGoneNeedALook() {
    _ = graph.set(node("parent"))
    _ = graph.set(node("child", owners: ["parent"]))
    let key = ObjectKey(namespace: "default", name: "parent")
    #expect(graph.remove(Pod.resource, key) == ["child"])
    #expect(graph.remove(Pod.resource, key) == [])
    #expect(graph.node("parent") == nil)
    #expect(graph.count == 1)
  }

  @Test func anObjectMadeAgainUnobservedIsAnother() {
    _ = graph.set(node("old", name: "same"))
    _ = graph.set(node("child", owners: ["old"]))
    #expect(graph.set(node("new", name: "same")) == ["child"])
    #expect(graph.node("old") == nil)
    #expect(graph.node("new") != nil)
  }

  @Test func anOwnerThatWaitsAndItsDependentsNeedALook() {
    _ = graph.set(node("parent"))
    _ = graph.set(node("child", owners: ["parent"]))
    let waiting = node("parent", finalizers: ["foregroundDeletion"], deleting: true)
    #expect(graph.set(waiting) == ["parent", "child"])
    #expect(graph.set(waiting) == ["parent"])
    // A dependent that stops blocking, and one that goes, may be what it waits for.
    #expect(graph.set(node("child", owners: ["parent"], blocks: false)) == ["child", "parent"])
    #expect(
      graph.remove(Pod.resource, ObjectKey(namespace: "default", name: "child")) == ["parent"])
  }

  @Test func finalizersCountOnlyOnceDeletionHasBegun() {
    #expect(!node("a", finalizers: ["orphan", "foregroundDeletion"]).isOrphaning)
    let deleting = node("a", finalizers: ["orphan", "foregroundDeletion"], deleting: true)
    #expect(deleting.isOrphaning && deleting.isDeletingDependents)
    #expect(graph.set(deleting) == ["a"])
  }

  @Test func aResourceThatIsServedNoLongerIsForgotten() {
    _ = graph.set(node("parent"))
    _ = graph.set(node("child", owners: ["parent"]))
    graph.forget(Pod.resource)
    #expect(graph.count == 0)
    #expect(graph.dependents(of: "parent").isEmpty)
  }
}
