import APIServer
import JSONTree
import Testing

@Suite struct PersistentVolumeClaimTests {
  let kind = PersistentVolumeClaimKind()

  private func claim(_ members: JSONObject = [:]) -> JSON {
    var spec: JSONObject = [
      "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]],
    ]
    for member in members { spec[member.key] = member.value }
    return ["metadata": ["name": "data"], "spec": .object(spec)]
  }

  @Test func `A claim begins as pending and says what it lacks`() {
    #expect(kind.created(claim())[path: "status", "phase"] == "Pending")
    #expect(
      kind.creationErrors(["metadata": ["name": "data"], "spec": .object([:])]) == [
        "spec.accessModes: Required value: at least 1 access mode is required",
        "spec.resources[storage]: Required value",
      ])
  }

  @Test func `Binding fills in the volume, and nothing else changes`() {
    let old = kind.created(claim(["storageClassName": "fast"]))
    #expect(
      kind.updateErrors(claim(["storageClassName": "fast", "volumeName": "pv-1"]), old: old) == [])
    #expect(
      kind.updateErrors(claim(["storageClassName": "slow"]), old: old) == [
        "spec: Forbidden: spec is immutable after creation except resources.requests and "
          + "volumeAttributesClassName for bound claims"
      ])
    // A claim without a class gets the default one.
    #expect(
      kind.updateErrors(claim(["storageClassName": "fast"]), old: kind.created(claim())) == [])
  }

  @Test func `A bound claim shows its volume`() {
    let bound = kind.created(claim(["volumeName": "pv-1", "storageClassName": "fast"])).with(
      "status",
      ["phase": "Bound", "capacity": ["storage": "2Gi"], "accessModes": ["ReadWriteOnce"]])
    #expect(
      kind.row(bound, wide: true) == [
        "data", "Bound", "pv-1", "2Gi", "RWO", "fast", "<unset>", "<unknown>", "Filesystem",
      ])
  }
}

@Suite struct PersistentVolumeTests {
  let kind = PersistentVolumeKind()

  private func volume(_ members: JSONObject = [:]) -> JSON {
    var spec: JSONObject = [
      "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"],
      "hostPath": ["path": "/data"],
    ]
    for member in members { spec[member.key] = member.value == .null ? nil : member.value }
    return ["metadata": ["name": "pv"], "spec": .object(spec)]
  }

  @Test(
    arguments: [
      ([:], []),
      (["hostPath": .null], ["spec: Required value: must specify a volume type"]),
      (
        ["nfs": ["server": "a", "path": "/b"]],
        ["spec.nfs: Forbidden: may not specify more than 1 volume type"]
      ),
      (
        ["hostPath": .null, "local": ["path": "/data"]],
        ["spec.nodeAffinity: Required value: Local volume requires node affinity"]
      ),
      (
        ["capacity": ["storage": "0"]],
        ["spec.capacity[storage]: Invalid value: \"0\": must be greater than zero"]
      ),
      (
        ["nodeAffinity": ["required": ["nodeSelectorTerms": []]]],
        [
          "spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one "
            + "node selector term"
        ]
      ),
    ] as [(JSONObject, [String])])
  func `What is wrong is said as Kubernetes says it`(members: JSONObject, expected: [String]) {
    #expect(kind.creationErrors(volume(members)) == expected)
  }

  @Test func `Where the data is cannot change`() {
    let old = kind.created(volume())
    #expect(old[path: "spec", "persistentVolumeReclaimPolicy"] == "Retain")
    #expect(
      kind.updateErrors(volume(["hostPath": ["path": "/other"]]), old: old) == [
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after "
          + "creation"
      ])
    #expect(kind.updateErrors(volume(["persistentVolumeReclaimPolicy": "Delete"]), old: old) == [])
  }
}

@Suite struct StorageClassTests {
  let kind = StorageClassKind()

  @Test func `The default class is marked, and what matters cannot change`() {
    let made = kind.created([
      "metadata": [
        "name": "standard",
        "annotations": ["storageclass.kubernetes.io/is-default-class": "true"],
      ], "provisioner": "example.org/disk",
    ])
    #expect(
      kind.row(made) == [
        "standard (default)", "example.org/disk", "Delete", "Immediate", "false", "<unknown>",
      ])
    #expect(
      kind.updateErrors(made.with("provisioner", "example.org/other"), old: made) == [
        "provisioner: Forbidden: updates to provisioner are forbidden."
      ])
    #expect(kind.creationErrors(["metadata": ["name": "a"]]) == ["provisioner: Required value"])
  }
}
