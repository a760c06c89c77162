import JSONTree
import KubernetesAPI
import KubernetesClient
import Testing

@Suite(.serialized) struct WorkloadTests {
  private func names(_ ordinals: some Sequence<Int>) -> Set<String> {
    Set(ordinals.map { "web-\($0)" })
  }

  @Test func aStatefulSetGrowsShrinksAndUpdatesInItsOrder() async throws {
    try await LivePlane.run { plane in
      let claims: JSONObject = [
        "serviceName": "web",
        "volumeClaimTemplates": [
          [
            "metadata": ["name": "data"],
            "spec": [
              "accessModes": ["ReadWriteOnce"],
              "resources": ["requests": ["storage": "1Mi"]],
            ],
          ]
        ],
      ]
      try await plane.create(StatefulSet.resource, "web", plane.spec(3, claims))
      #expect(
        try await plane.eventually { plane.kubelet.order == ["web-0", "web-1", "web-2"] })
      let pod = try await plane.client.get(Pod.resource, plane.key("web-1"))
      #expect(pod[path: "spec", "hostname"] == "web-1")
      #expect(pod[path: "spec", "subdomain"] == "web")
      #expect(pod[path: "spec", "nodeName"] == "node-1")
      let claim = try await plane.client.get(PersistentVolumeClaim.self, plane.key("data-web-1"))
      #expect(claim.phase == "Bound")
      let before = claim.volumeName

      try await plane.scale(StatefulSet.resource, "web", to: 5)
      #expect(
        try await plane.eventually { try await Set(plane.images().keys) == names(0..<5) })
      try await plane.scale(StatefulSet.resource, "web", to: 2)
      #expect(
        try await plane.eventually { try await Set(plane.images().keys) == names(0..<2) })
      let kept: [PersistentVolumeClaim] = try await plane.client.list(namespace: "default")
      #expect(kept.count == 5)

      // A Pod that is deleted comes back with its name and its volume.
      try await plane.client.delete(Pod.self, plane.key("web-1"))
      #expect(
        try await plane.eventually {
          plane.kubelet.order.filter { $0 == "web-1" }.count == 2
        })
      let again = try await plane.client.get(PersistentVolumeClaim.self, plane.key("data-web-1"))
      #expect(again.volumeName == before)

      try await updateWithPartition(plane)
    }
  }

  private func updateWithPartition(_ plane: LivePlane) async throws {
    try await plane.scale(StatefulSet.resource, "web", to: 3)
    _ = try await plane.client.patch(
      StatefulSet.resource, plane.key("web"), .merge,
      [
        "spec": [
          "updateStrategy": ["rollingUpdate": ["partition": 2]],
          "template": LivePlane.template("two"),
        ]
      ])
    #expect(
      try await plane.eventually {
        try await plane.images() == ["web-0": "one", "web-1": "one", "web-2": "two"]
      })
    _ = try await plane.client.patch(
      StatefulSet.resource, plane.key("web"), .merge,
      ["spec": ["updateStrategy": ["rollingUpdate": ["partition": 0]]]])
    #expect(
      try await plane.eventually {
        let set = try await plane.client.get(StatefulSet.self, plane.key("web"))
        return set.counted("updatedReplicas") == 3 && set.currentRevision == set.updateRevision
          && set.counted("readyReplicas") == 3
      })
    #expect(
      try await plane.images() == ["web-0": "two", "web-1": "two", "web-2": "two"])
    // Back to the first revision, as `kubectl rollout undo` does it.
    let revisions: [ControllerRevision] = try await plane.client.list(namespace: "default")
    #expect(revisions.count == 2)
    let first = try #require(revisions.min { $0.revision < $1.revision })
    _ = try await plane.client.patch(
      StatefulSet.resource, plane.key("web"), .strategic, first.data)
    #expect(
      try await plane.eventually {
        try await plane.images() == ["web-0": "one", "web-1": "one", "web-2": "one"]
      })
    let after: [ControllerRevision] = try await plane.client.list(namespace: "default")
    #expect(after.map(\.revision).sorted() == [2, 3])
  }

  @Test func aDeploymentRollsForwardAndBack() async throws {
    try await LivePlane.run { plane in
      try await plane.create(Deployment.resource, "web", plane.spec(3))
      func settled(_ image: String) async throws -> Bool {
        let deployment = try await plane.client.get(Deployment.self, plane.key("web"))
        let progress = deployment.condition("Progressing")?["reason"]?.string
        return try await plane.images().values.sorted() == [image, image, image]
          && deployment.counted("availableReplicas") == 3
          && deployment.observedGeneration == deployment.metadata.generation
          && progress == "NewReplicaSetAvailable"
      }
      #expect(try await plane.eventually { try await settled("one") })
      _ = try await plane.client.patch(
        Deployment.resource, plane.key("web"), .merge,
        ["spec": ["template": LivePlane.template("two")]])
      #expect(try await plane.eventually { try await settled("two") })
      let sets: [ReplicaSet] = try await plane.client.list(namespace: "default")
      #expect(sets.map(\.replicas).sorted() == [0, 3])
      let old = try #require(sets.first { $0.replicas == 0 })

      var template = old.template
      template["metadata"] = ["labels": ["app": "web"]]
      _ = try await plane.client.patch(
        Deployment.resource, plane.key("web"), .json,
        [["op": "replace", "path": "/spec/template", "value": template]])
      #expect(try await plane.eventually { try await settled("one") })
      let deployment = try await plane.client.get(Deployment.self, plane.key("web"))
      #expect(deployment.metadata.annotations["deployment.kubernetes.io/revision"] == "3")
      let after: [ReplicaSet] = try await plane.client.list(namespace: "default")
      #expect(after.count == 2)

      try await plane.scale(Deployment.resource, "web", to: 1)
      #expect(try await plane.eventually { try await plane.images().count == 1 })
      try await plane.client.delete(Deployment.self, plane.key("web"))
      #expect(try await plane.eventually { try await plane.images().isEmpty })
    }
  }

  @Test func aDaemonSetFollowsTheNodes() async throws {
    try await LivePlane.run { plane in
      var spec = plane.spec(1)
      spec["replicas"] = nil
      try await plane.create(DaemonSet.resource, "web", spec)
      #expect(try await plane.eventually { try await plane.images().count == 1 })
      _ = try await plane.client.create(Node(metadata: ObjectMeta(name: "node-2")))
      #expect(
        try await plane.eventually {
          let pods: [Pod] = try await plane.client.list(namespace: "default")
          return Set(pods.map(\.nodeName)) == ["node-1", "node-2"]
        })
    }
  }

  @Test func aJobRunsToItsEnd() async throws {
    try await LivePlane.run { plane in
      plane.kubelet.end("good", well: true)
      plane.kubelet.end("bad", well: false)
      let template: JSON = [
        "spec": ["restartPolicy": "Never", "containers": [["name": "a", "image": "one"]]]
      ]
      try await plane.create(
        Job.resource, "good", ["completions": 3, "parallelism": 2, "template": template])
      try await plane.create(Job.resource, "bad", ["backoffLimit": 0, "template": template])
      #expect(
        try await plane.eventually {
          let good = try await plane.client.get(Job.self, plane.key("good"))
          return good.holds("Complete") && good.counted("succeeded") == 3
        })
      #expect(
        try await plane.eventually {
          let bad = try await plane.client.get(Job.self, plane.key("bad"))
          return bad.holds("Failed") && bad.counted("failed") == 1
        })
      try await plane.client.delete(
        Job.self, plane.key("good"), options: DeleteOptions(propagation: .background))
      #expect(
        try await plane.eventually {
          let pods: [Pod] = try await plane.client.list(namespace: "default")
          return !pods.contains { $0.metadata.name.hasPrefix("good") }
        })
    }
  }

  @Test func aSilentNodeLosesItsPodsReadinessAndThenItsPods() async throws {
    try await LivePlane.run(gracePeriod: .milliseconds(300)) { plane in
      try await plane.create(
        Pod.resource, "web",
        [
          "containers": [["name": "a", "image": "one"]],
          "tolerations": [
            [
              "key": "node.kubernetes.io/unreachable", "operator": "Exists",
              "effect": "NoExecute", "tolerationSeconds": 1,
            ]
          ],
        ])
      #expect(
        try await plane.eventually {
          let pod = try await plane.client.get(Pod.self, plane.key("web"))
          return pod.isReady
        })
      _ = try await plane.client.create(
        Lease(
          metadata: ObjectMeta(name: "node-1", namespace: Lease.nodeNamespace), holder: "node-1",
          renewTime: "2026-01-01T00:00:00.000000Z"))
      #expect(
        try await plane.eventually {
          let node = try await plane.client.get(Node.self, ObjectKey(namespace: "", name: "node-1"))
          return node.readyStatus == "Unknown"
            && node.taints.contains { $0.key == Taint.unreachable && $0.effect == "NoExecute" }
        })
      #expect(
        try await plane.eventually {
          do {
            let pod = try await plane.client.get(Pod.self, plane.key("web"))
            return !pod.isReady || pod.metadata.isBeingDeleted
          } catch let status as APIStatus where status.isNotFound { return true }
        })
      #expect(try await plane.eventually { try await plane.images().isEmpty })
    }
  }

  @Test func aPodThatFitsNowhereSaysWhyAndGoesOnceItDoes() async throws {
    try await LivePlane.run { plane in
      try await plane.create(
        Pod.resource, "picky",
        ["nodeSelector": ["disk": "ssd"], "containers": [["name": "a", "image": "one"]]])
      #expect(
        try await plane.eventually {
          let pod = try await plane.client.get(Pod.self, plane.key("picky"))
          return pod.scheduling.unscheduledMessage.hasPrefix(
            "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.")
        })
      _ = try await plane.client.patch(
        Node.resource, ObjectKey(namespace: "", name: "node-1"), .merge,
        ["metadata": ["labels": ["disk": "ssd"]]])
      #expect(
        try await plane.eventually {
          let pod = try await plane.client.get(Pod.self, plane.key("picky"))
          return pod.nodeName == "node-1" && pod.isReady
        })
    }
  }

  @Test func aClaimKeepsItsVolumeUntilItIsDeletedAndUnused() async throws {
    try await LivePlane.run { plane in
      try await plane.create(
        PersistentVolumeClaim.resource, "data",
        [
          "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Mi"]],
        ])
      try await plane.create(
        Pod.resource, "user",
        [
          "containers": [["name": "a", "image": "one"]],
          "volumes": [["name": "v", "persistentVolumeClaim": ["claimName": "data"]]],
        ])
      #expect(
        try await plane.eventually {
          let pod = try await plane.client.get(Pod.self, plane.key("user"))
          let claim = try await plane.client.get(PersistentVolumeClaim.self, plane.key("data"))
          return pod.isReady && claim.phase == "Bound"
        })
      try await plane.client.delete(PersistentVolumeClaim.self, plane.key("data"))
      let held = try await plane.client.get(PersistentVolumeClaim.self, plane.key("data"))
      #expect(held.metadata.isBeingDeleted)
      try await plane.client.delete(Pod.self, plane.key("user"))
      #expect(
        try await plane.eventually {
          let claims: [PersistentVolumeClaim] = try await plane.client.list(namespace: "default")
          let volumes: [PersistentVolume] = try await plane.client.list()
          return claims.isEmpty && volumes.isEmpty
        })
    }
  }
}
