import APIServer
import JSONTree
import Testing

@Suite struct PodPrintingTests {
  let kind = PodKind()

  static func pod(_ spec: JSON = .object([:]), _ status: JSON, deleted: Bool = false) -> JSON {
    var spec = spec
    if spec["containers"] == nil { spec["containers"] = [["name": "a"], ["name": "b"]] }
    var metadata: JSON = ["name": "web", "creationTimestamp": "2025-12-31T22:00:00Z"]
    if deleted { metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z" }
    return ["metadata": metadata, "spec": spec, "status": status]
  }

  static let running: JSON = [
    "ready": true, "restartCount": 0, "state": ["running": ["startedAt": "2025-12-31T22:00:00Z"]],
  ]

  static func ended(_ exitCode: Int64, _ reason: String? = nil) -> JSON {
    var terminated: JSON = ["exitCode": .integer(exitCode)]
    terminated["reason"] = reason.map { .string($0) }
    return ["state": ["terminated": terminated]]
  }

  static let rows: [(JSON, [String])] = [
    (
      pod(["containers": [["name": "a"]]], ["phase": "Pending"]),
      ["web", "0/1", "Pending", "0", "120m"]
    ),
    (
      pod(
        [
          "phase": "Running", "containerStatuses": [running, running],
        ]), ["web", "2/2", "Running", "0", "120m"]
    ),
    (
      pod([
        "phase": "Running",
        "containerStatuses": [
          running,
          [
            "restartCount": 5, "state": ["waiting": ["reason": "CrashLoopBackOff"]],
            "lastState": ["terminated": ["finishedAt": "2025-12-31T23:58:00Z"]],
          ],
        ],
      ]), ["web", "1/2", "CrashLoopBackOff", "5 (2m ago)", "120m"]
    ),
    (
      pod(["phase": "Succeeded", "containerStatuses": [ended(0, "Completed")]]),
      ["web", "0/2", "Completed", "0", "120m"]
    ),
    (
      pod(["phase": "Failed", "containerStatuses": [ended(3)]]),
      ["web", "0/2", "ExitCode:3", "0", "120m"]
    ),
    (
      pod(["phase": "Failed", "reason": "Evicted"]), ["web", "0/2", "Evicted", "0", "120m"]
    ),
    (
      pod([
        "phase": "Running", "containerStatuses": [ended(0, "Completed"), running],
        "conditions": [["type": "Ready", "status": "True"]],
      ]), ["web", "1/2", "Running", "0", "120m"]
    ),
    (
      pod(["phase": "Running", "containerStatuses": [ended(0, "Completed"), running]]),
      ["web", "1/2", "NotReady", "0", "120m"]
    ),
    (
      pod(["phase": "Running"], deleted: true), ["web", "0/2", "Terminating", "0", "120m"]
    ),
    (
      pod(["phase": "Running", "reason": "NodeLost"], deleted: true),
      ["web", "0/2", "Unknown", "0", "120m"]
    ),
    (
      pod(["phase": "Succeeded"], deleted: true), ["web", "0/2", "Succeeded", "0", "120m"]
    ),
    (
      pod(
        ["initContainers": [["name": "i"], ["name": "j"]]],
        [
          "phase": "Pending",
          "initContainerStatuses": [
            ["name": "i", "state": ["terminated": ["exitCode": 0]]],
            ["name": "j", "state": ["waiting": ["reason": "PodInitializing"]]],
          ],
        ]), ["web", "0/2", "Init:1/2", "0", "120m"]
    ),
    (
      pod(
        ["initContainers": [["name": "i"]]],
        [
          "phase": "Pending",
          "initContainerStatuses": [
            [
              "name": "i", "restartCount": 2,
              "state": ["terminated": ["exitCode": 1, "signal": 9]],
            ]
          ],
        ]), ["web", "0/2", "Init:Signal:9", "2", "120m"]
    ),
    (
      pod(
        ["initContainers": [["name": "s", "restartPolicy": "Always"]]],
        [
          "phase": "Running", "containerStatuses": [running, running],
          "initContainerStatuses": [
            [
              "name": "s", "started": true, "ready": true, "restartCount": 1,
              "state": ["running": [:]],
            ]
          ],
        ]), ["web", "3/3", "Running", "1", "120m"]
    ),
  ]

  static func pod(_ status: JSON, deleted: Bool = false) -> JSON {
    pod(.object([:]), status, deleted: deleted)
  }

  @Test(arguments: rows)
  func `It prints what kubectl shows`(pod: JSON, expected: [String]) {
    #expect(kind.row(pod) == expected)
  }

  @Test func `A wide row tells where it runs and which gates are open`() {
    let pod = Self.pod(
      [
        "nodeName": "n1",
        "readinessGates": [["conditionType": "example.com/a"], ["conditionType": "example.com/b"]],
      ],
      [
        "phase": "Running", "podIPs": [["ip": "10.0.0.1"]],
        "conditions": [["type": "example.com/b", "status": "True"]],
      ])
    #expect(kind.row(pod, wide: true).suffix(4) == ["10.0.0.1", "n1", "<none>", "1/2"])
    #expect(
      kind.row(Self.pod([:]), wide: true).suffix(4) == ["<none>", "<none>", "<none>", "<none>"])
  }

  @Test func `Its fields are selected`() {
    let pod = Self.pod(
      ["nodeName": "n1", "hostNetwork": true, "serviceAccountName": "robot"],
      ["phase": "Running", "podIPs": [["ip": "10.0.0.1"]]])
    let values = kind.selectableFields.map { "\($0)=\(kind.selectableField($0, of: pod))" }
    #expect(
      values == [
        "spec.nodeName=n1", "spec.host=n1", "spec.restartPolicy=", "spec.schedulerName=",
        "spec.serviceAccountName=robot", "spec.hostNetwork=true", "status.phase=Running",
        "status.podIP=10.0.0.1", "status.podIPs=", "status.nominatedNodeName=",
      ])
  }
}
