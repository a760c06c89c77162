import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct ReplicaSetReconcilerTests {
  private func reconciler(
    _ replicas: Int, _ pods: [Pod], minReady: Int = 0
  ) -> ReplicaSetReconciler {
    ReplicaSetReconciler(
      set: ReplicaSet(
        metadata: WorkloadSample.metadata(),
        spec: [
          "replicas": .integer(Int64(replicas)), "selector": WorkloadSample.selector,
          "template": WorkloadSample.template(), "minReadySeconds": .integer(Int64(minReady)),
        ]), pods: pods, now: WorkloadSample.now)
  }

  @Test func missingPodsAreCountedWithoutThoseThatEndedOrLeave() {
    var ended = WorkloadSample.pod("ended")
    ended.phase = .failed
    let pods = [
      WorkloadSample.pod("a"), ended, WorkloadSample.leaving(WorkloadSample.pod("b")),
    ]
    #expect(reconciler(3, pods).difference == 2)
    #expect(reconciler(1, pods).difference == 0)
    #expect(reconciler(10_000, []).difference == ReplicaSetReconciler.burst)
  }

  @Test func theLeastUsefulPodsGoFirst() {
    var pending = WorkloadSample.pod("pending", ready: false)
    pending.phase = .pending
    let unplaced = WorkloadSample.pod("unplaced", ready: false, node: "")
    let unready = WorkloadSample.pod("unready", ready: false)
    var cheap = WorkloadSample.pod("cheap")
    cheap.metadata.annotations[PodRank.deletionCost] = "-5"
    let young = WorkloadSample.pod("young", since: 9000)
    let old = WorkloadSample.pod("old", since: 2000)
    let all = [old, young, cheap, unready, pending, unplaced]
    let order = reconciler(0, all).superfluous { _ in 1 }.map(\.metadata.name)
    #expect(order == ["unplaced", "pending", "unready", "cheap", "young", "old"])
    #expect(reconciler(4, all).superfluous { _ in 1 }.count == 2)
  }

  @Test func aCrowdedNodeLosesPodsFirst() {
    let pods = [
      WorkloadSample.pod("a", node: "empty"), WorkloadSample.pod("b", node: "full"),
    ]
    let order = reconciler(1, pods).superfluous { $0 == "full" ? 5 : 1 }
    #expect(order.map(\.metadata.name) == ["b"])
  }

  @Test func theStatusCountsReadyAndAvailablePods() {
    let pods = [
      WorkloadSample.pod("a", since: 9995), WorkloadSample.pod("b", since: 1000),
      WorkloadSample.pod("c", ready: false),
    ]
    let reconciler = reconciler(3, pods, minReady: 10)
    let status = reconciler.status(failure: nil)
    #expect(status["replicas"] == 3)
    #expect(status["readyReplicas"] == 2)
    #expect(status["availableReplicas"] == 1)
    #expect(reconciler.recheck == .seconds(5))
    let failed = reconciler.status(failure: "quota")
    #expect(failed["conditions"]?.array?.first?["reason"] == "FailedCreate")
  }
}
