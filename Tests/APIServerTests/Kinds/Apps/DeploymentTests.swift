import APIServer
import JSONTree
import Testing

@Suite struct DeploymentTests {
  let kind = DeploymentKind()

  @Test func `Everything left out is filled in`() {
    let deployment = kind.created(WorkloadSample.workload())
    let spec = deployment["spec"] ?? .null
    #expect(spec["replicas"] == 1)
    #expect(
      spec["strategy"] == [
        "type": "RollingUpdate",
        "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"],
      ])
    #expect(spec["progressDeadlineSeconds"] == 600)
    #expect(spec["revisionHistoryLimit"] == 10)
    #expect(kind.defaulted(deployment) == deployment)
  }

  @Test(
    arguments: [
      (
        ["strategy": ["type": "Recreate", "rollingUpdate": ["maxSurge": 1]]],
        [
          "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is "
            + "'Recreate'"
        ]
      ),
      (
        ["strategy": ["rollingUpdate": ["maxSurge": 0, "maxUnavailable": 0]]],
        [
          "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
            + "`maxSurge` is 0"
        ]
      ),
      (
        ["strategy": ["rollingUpdate": ["maxUnavailable": "120%"]]],
        [
          "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"120%\": must not be "
            + "greater than 100%"
        ]
      ),
      (
        ["progressDeadlineSeconds": 5, "minReadySeconds": 5],
        [
          "spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"
        ]
      ),
      (
        [
          "template": [
            "metadata": ["labels": ["app": "web"]],
            "spec": [
              "restartPolicy": "Never",
              "containers": [["name": "a", "image": "b"]],
            ],
          ]
        ],
        [
          "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: "
            + "\"Always\""
        ]
      ),
      (
        ["template": ["metadata": ["labels": ["app": "web"]], "spec": ["containers": []]]],
        ["spec.template.spec.containers: Required value"]
      ),
    ] as [(JSONObject, [String])])
  func `What is wrong is said as Kubernetes says it`(members: JSONObject, expected: [String]) {
    #expect(kind.creationErrors(WorkloadSample.workload(members)) == expected)
  }

  @Test func `The selector cannot change`() {
    let old = kind.created(WorkloadSample.workload())
    let changed = WorkloadSample.workload([
      "selector": ["matchExpressions": [["key": "app", "operator": "Exists"]]]
    ])
    #expect(
      kind.updateErrors(changed, old: old) == [
        "spec.selector: Invalid value: {\"matchExpressions\":[{\"key\":\"app\",\"operator\":"
          + "\"Exists\"}]}: field is immutable"
      ])
  }

  @Test func `New annotations are a new generation`() {
    let old = kind.created(WorkloadSample.workload()).with(
      "metadata", ["name": "web", "generation": 4])
    let noted = old.with(
      "metadata", ["name": "web", "generation": 4, "annotations": ["a": "b"]])
    #expect(kind.updated(noted, old: old)[path: "metadata", "generation"] == 5)
    #expect(kind.updated(old, old: old)[path: "metadata", "generation"] == 4)
  }

  @Test func `It prints its Pods`() {
    let deployment = kind.created(WorkloadSample.workload(["replicas": 3])).with(
      "status", ["readyReplicas": 2, "updatedReplicas": 1, "availableReplicas": 2])
    #expect(
      kind.row(deployment, wide: true) == [
        "web", "2/3", "1", "2", "<unknown>", "main", "none", "app=web",
      ])
  }
}

@Suite struct ReplicaSetTests {
  let kind = ReplicaSetKind()

  @Test func `It needs a selector that chooses its Pods`() {
    #expect(
      kind.creationErrors(WorkloadSample.workload(["selector": .object([:])])) == [
        "spec.selector: Invalid value: {}: empty selector is invalid for deployment"
      ])
    let unusable: JSON = ["matchExpressions": [["key": "app", "operator": "In"]]]
    #expect(
      kind.creationErrors(WorkloadSample.workload(["selector": unusable])) == [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when "
          + "`operator` is 'In' or 'NotIn'",
        "spec.selector: Invalid value: \(unusable.text): invalid label selector",
      ])
    #expect(kind.creationErrors(WorkloadSample.workload()) == [])
  }

  @Test func `It prints numbers and can be chosen by its size`() {
    let set = kind.created(WorkloadSample.workload(["replicas": 3])).with(
      "status", ["replicas": 2, "readyReplicas": 1])
    #expect(
      kind.row(set, wide: true) == ["web", "3", "2", "1", "<unknown>", "main", "none", "app=web"])
    #expect(kind.selectableField("status.replicas", of: set) == "2")
  }
}

@Suite struct DaemonSetTests {
  let kind = DaemonSetKind()

  @Test func `Its template is counted in an annotation`() {
    let set = kind.created(WorkloadSample.workload())
    let path = "deprecated.daemonset.template.generation"
    #expect(set[path: "metadata", "annotations", path] == "1")
    #expect(
      kind.updated(WorkloadSample.workload(), old: set)[path: "metadata", "annotations", path]
        == "1")
    let changed = WorkloadSample.workload([
      "template": [
        "metadata": ["labels": ["app": "web"]],
        "spec": ["containers": [["name": "main", "image": "other"]]],
      ]
    ])
    #expect(kind.updated(changed, old: set)[path: "metadata", "annotations", path] == "2")
    #expect(kind.creationErrors(set) == [])
  }

  @Test func `One of surge and unavailability must be zero`() {
    let both: JSON = ["rollingUpdate": ["maxSurge": 1, "maxUnavailable": 1]]
    #expect(
      kind.creationErrors(WorkloadSample.workload(["updateStrategy": both])) == [
        "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when "
          + "maxUnavailable is non-zero"
      ])
    let none: JSON = ["rollingUpdate": ["maxSurge": 0, "maxUnavailable": 0]]
    #expect(
      kind.creationErrors(WorkloadSample.workload(["updateStrategy": none])) == [
        "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when "
          + "maxSurge is 0"
      ])
  }
}

@Suite struct ControllerRevisionTests {
  let kind = ControllerRevisionKind()

  @Test func `Its data must be there and stay`() {
    #expect(
      kind.creationErrors(["metadata": ["name": "a"]]) == [
        "data: Required value: data is mandatory"
      ])
    let old = kind.created(["metadata": ["name": "a"], "data": ["x": 1], "revision": 1])
    #expect(
      kind.updateErrors(old.with("data", ["x": 2]), old: old) == [
        "data: Invalid value: {\"x\":2}: field is immutable"
      ])
    #expect(kind.updateErrors(old.with("revision", 2), old: old) == [])
  }

  @Test func `It names its controller`() {
    let owner: JSON = [
      "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "controller": true,
    ]
    let revision: JSON = [
      "metadata": ["name": "web-1", "ownerReferences": [owner]], "revision": 3,
    ]
    #expect(kind.row(revision) == ["web-1", "statefulset.apps/web", "3", "<unknown>"])
  }
}
