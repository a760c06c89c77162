import APIServer
import JSONTree
import Testing

@Suite struct StatefulSetTests {
  let kind = StatefulSetKind()

  @Test func `Everything left out is filled in`() {
    let set = kind.created(
      WorkloadSample.workload([
        "volumeClaimTemplates": [
          [
            "metadata": ["name": "data"],
            "spec": ["resources": ["requests": ["storage": "1Gi"]]],
          ]
        ]
      ]))
    let spec = set["spec"] ?? .null
    #expect(spec["replicas"] == 1)
    #expect(spec["podManagementPolicy"] == "OrderedReady")
    #expect(
      spec["updateStrategy"] == ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
    #expect(spec["revisionHistoryLimit"] == 10)
    #expect(
      spec["persistentVolumeClaimRetentionPolicy"]
        == ["whenDeleted": "Retain", "whenScaled": "Retain"])
    let claim = spec["volumeClaimTemplates"]?.array?.first
    #expect(claim?["kind"] == "PersistentVolumeClaim")
    #expect(claim?[path: "spec", "volumeMode"] == "Filesystem")
    #expect(claim?[path: "status", "phase"] == "Pending")
    let pod = spec[path: "template", "spec"]
    #expect(pod?["restartPolicy"] == "Always")
    #expect(pod?["terminationGracePeriodSeconds"] == 30)
    #expect(pod?["containers"]?.array?.first?["imagePullPolicy"] == "Always")
    // Defaults of Pods alone come when a Pod is made.
    #expect(pod?["enableServiceLinks"] == nil)
    #expect(set["status"] == ["availableReplicas": 0, "replicas": 0])
    #expect(kind.defaulted(set) == set)
    #expect(kind.creationErrors(set) == [])
  }

  @Test(
    arguments: [
      (["selector": .null], ["spec.selector: Required value"]),
      (
        ["selector": ["matchLabels": ["app": "other"]]],
        [
          "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not "
            + "match template `labels`"
        ]
      ),
      (
        ["podManagementPolicy": "Sideways"],
        [
          "spec.podManagementPolicy: Invalid value: \"Sideways\": must be 'OrderedReady' or "
            + "'Parallel'"
        ]
      ),
      (
        ["updateStrategy": ["type": "OnDelete", "rollingUpdate": ["partition": 1]]],
        [
          "spec.updateStrategy.rollingUpdate: Invalid value: {\"partition\":1}: only allowed for "
            + "updateStrategy 'RollingUpdate'"
        ]
      ),
      (
        ["replicas": -1],
        ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]
      ),
      (
        ["ordinals": ["start": -3]],
        ["spec.ordinals.start: Invalid value: -3: must be greater than or equal to 0"]
      ),
      (
        ["updateStrategy": ["type": "RollingUpdate", "rollingUpdate": ["partition": -2]]],
        [
          "spec.updateStrategy.rollingUpdate.partition: Invalid value: -2: must be greater than "
            + "or equal to 0"
        ]
      ),
      (
        ["persistentVolumeClaimRetentionPolicy": ["whenDeleted": "Burn"]],
        [
          "spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: \"Burn\": "
            + "supported values: \"Delete\", \"Retain\""
        ]
      ),
    ] as [(JSONObject, [String])])
  func `What is wrong is said as Kubernetes says it`(members: JSONObject, expected: [String]) {
    #expect(kind.creationErrors(WorkloadSample.workload(members)) == expected)
  }

  @Test func `Only some of the spec can change`() {
    let old = kind.created(WorkloadSample.workload())
    let changes: [(JSONObject, Bool)] = [
      (["replicas": 5], true), (["minReadySeconds": 3], true),
      (["ordinals": ["start": 2]], true), (["revisionHistoryLimit": 2], true),
      (["serviceName": "other"], false), (["podManagementPolicy": "Parallel"], false),
    ]
    for (change, isAllowed) in changes {
      let errors = kind.updateErrors(WorkloadSample.workload(change), old: old)
      #expect(errors.isEmpty == isAllowed, "\(change): \(errors)")
      if !isAllowed {
        #expect(
          errors == [
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', "
              + "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
              + "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
          ])
      }
    }
  }

  @Test func `A status adds up and comes through its own path only`() {
    let old = kind.created(WorkloadSample.workload())
    let status: JSON = ["replicas": 1, "readyReplicas": 2, "availableReplicas": 1]
    #expect(
      kind.updateErrors(old.with("status", status), old: old, through: .status) == [
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"
      ])
    #expect(kind.updated(old.with("status", status), old: old)["status"] == old["status"])
  }

  @Test func `It prints its Pods`() {
    let set = kind.created(WorkloadSample.workload(["replicas": 3]))
      .with("status", ["replicas": 3, "readyReplicas": 2])
    #expect(kind.row(set, wide: true) == ["web", "2/3", "<unknown>", "main", "none"])
  }

  @Test func `Its name becomes host names`() {
    #expect(kind.problems(ofName: "a.b") == ["must not contain dots"])
  }
}
