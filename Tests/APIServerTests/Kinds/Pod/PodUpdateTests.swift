import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct PodUpdateTests {
  let kind = PodKind()
  static let stored = PodKind().created(PodDefaultsTests.small)

  static func changed(_ change: (inout JSON) -> Void) -> JSON {
    var pod = stored
    var spec = pod.member("spec")
    change(&spec)
    pod["spec"] = spec
    return pod
  }

  @Test func `Image, deadline and more tolerations may change`() {
    let pod = Self.changed { spec in
      var container = spec.items("containers")[0]
      container["image"] = "nginx:2"
      spec["containers"] = [container]
      spec["activeDeadlineSeconds"] = 60
      spec["tolerations"] = .array(
        spec.items("tolerations") + [["key": "a", "operator": "Exists"]])
    }
    #expect(kind.updateErrors(pod, old: Self.stored) == [])
  }

  @Test func `Other fields may not change, and the message says which did`() {
    let pod = Self.changed { $0["nodeName"] = "n1" }
    #expect(
      kind.updateErrors(pod, old: Self.stored) == [
        "spec: Forbidden: pod updates may not change fields other than "
          + "`spec.containers[*].image`,`spec.initContainers[*].image`,"
          + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
          + "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
          + "previously negative)\n+ nodeName: \"n1\""
      ])
  }

  @Test func `Containers may not come or go`() {
    let pod = Self.changed { spec in
      spec["containers"] = .array(spec.items("containers") + [["name": "b", "image": "i"]])
    }
    #expect(
      kind.updateErrors(pod, old: Self.stored)
        == ["spec.containers: Forbidden: pod updates may not add or remove containers"])
  }

  @Test func `Tolerations may not go, gates may not come, deadlines may not grow`() {
    let fewer = Self.changed { $0["tolerations"] = [["key": "b", "operator": "Exists"]] }
    #expect(
      kind.updateErrors(fewer, old: Self.stored).contains(
        "spec.tolerations: Forbidden: existing toleration can not be modified except its "
          + "tolerationSeconds") == false,
      "admission adds the two that every Pod has")
    let old = Self.changed {
      $0["tolerations"] = .array($0.items("tolerations") + [["key": "c", "operator": "Exists"]])
      $0["activeDeadlineSeconds"] = 60
    }
    let pod = Self.changed {
      $0["activeDeadlineSeconds"] = 60
      $0["schedulingGates"] = [["name": "g"]]
    }
    #expect(
      kind.updateErrors(pod, old: old) == [
        "spec.tolerations: Forbidden: existing toleration can not be modified except its "
          + "tolerationSeconds",
        "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new "
          + "scheduling gate 'g'",
      ])
    let later = Self.changed {
      $0["tolerations"] = old[path: "spec", "tolerations"]
      $0["activeDeadlineSeconds"] = 61
    }
    #expect(
      kind.updateErrors(later, old: old) == [
        "spec.activeDeadlineSeconds: Invalid value: 61: must be less than or equal to previous "
          + "value"
      ])
  }

  @Test func `A gated Pod may be narrowed down`() {
    let gated = Self.changed {
      $0["schedulingGates"] = [["name": "g"]]
      $0["nodeSelector"] = ["a": "b"]
    }
    let narrowed = Self.changed {
      $0["schedulingGates"] = [["name": "g"]]
      $0["nodeSelector"] = ["a": "b", "c": "d"]
    }
    #expect(kind.updateErrors(narrowed, old: gated) == [])
    #expect(
      kind.updateErrors(gated, old: narrowed) == [
        "spec.nodeSelector: Invalid value: {\"a\":\"b\"}: only additions to spec.nodeSelector are "
          + "allowed (no mutations or deletions)"
      ])
  }

  // MARK: Status

  @Test func `The status changes through its subresource only`() {
    var pod = Self.changed { $0["nodeName"] = "n1" }
    pod["status"] = ["phase": "Running", "podIP": "10.0.0.9"]
    let plain = kind.updated(pod, old: Self.stored)
    #expect(plain["status"] == Self.stored["status"])
    let status = kind.updated(pod, old: Self.stored, through: .status)
    #expect(status["spec"] == Self.stored["spec"])
    #expect(
      status["status"] == [
        "phase": "Running", "podIP": "10.0.0.9", "podIPs": [["ip": "10.0.0.9"]],
        "qosClass": "BestEffort",
      ])
    #expect(kind.updateErrors(pod, old: Self.stored, through: .status) == [])
  }

  static let statuses: [(JSON, [String])] = [
    (
      ["qosClass": "Guaranteed"],
      ["status.qosClass: Invalid value: \"Guaranteed\": field is immutable"]
    ),
    (
      ["podIPs": [["ip": "10.0.0.1"], ["ip": "10.0.0.2"]]],
      [
        "status.podIPs: Invalid value: [{\"ip\":\"10.0.0.1\"},{\"ip\":\"10.0.0.2\"}]: may specify "
          + "no more than one IP for each IP family"
      ]
    ),
    (
      ["podIP": "nowhere"],
      [
        "status.podIPs[0]: Invalid value: \"nowhere\": must be a valid IP address, (e.g. 10.9.8.7 "
          + "or 2001:db8::ffff)"
      ]
    ),
    (
      ["hostIP": "10.0.0.1", "hostIPs": [["ip": "10.0.0.2"]]],
      [
        "status.hostIPs[0].ip: Invalid value: \"10.0.0.2\": must be equal to `hostIP`"
      ]
    ),
    (["podIPs": [["ip": "10.0.0.1"], ["ip": "fd00::1"]]], []),
    (["conditions": [["type": "Ready"], ["type": "example.com/x"]]], []),
  ]

  @Test(arguments: statuses)
  func `A bad status is refused`(status: JSON, expected: [String]) {
    var pod = Self.stored
    pod["status"] = status
    #expect(kind.updateErrors(pod, old: Self.stored, through: .status) == expected)
  }

  @Test(
    arguments: [
      ("Always", 1, true), ("OnFailure", 1, true), ("OnFailure", 0, false), ("Never", 1, false),
    ] as [(String, Int64, Bool)])
  func `A container that has ended for good stays ended`(
    policy: String, exitCode: Int64, mayRestart: Bool
  ) {
    func pod(_ state: JSON) -> JSON {
      var pod = Self.changed { $0["restartPolicy"] = .string(policy) }
      pod["status"] = [
        "qosClass": "BestEffort", "containerStatuses": [["name": "web", "state": state]],
      ]
      return pod
    }
    let old = pod(["terminated": ["exitCode": .integer(exitCode)]])
    let errors = kind.updateErrors(pod(["running": [:]]), old: old, through: .status)
    #expect(
      errors
        == (mayRestart
          ? []
          : [
            "status.containerStatuses[0].state: Forbidden: may not be transitioned to "
              + "non-terminated state"
          ]))
  }

  @Test func `A generation that was observed is not forgotten`() {
    var old = Self.stored
    old["status"] = [
      "qosClass": "BestEffort", "observedGeneration": 3,
      "conditions": [["type": "Ready", "status": "False", "observedGeneration": 2]],
    ]
    var pod = old
    pod["status"] = [
      "qosClass": "BestEffort", "conditions": [["type": "Ready", "status": "True"]],
    ]
    let status = kind.updated(pod, old: old, through: .status).member("status")
    #expect(status["observedGeneration"] == 3)
    #expect(status.items("conditions")[0]["observedGeneration"] == 2)
  }

  // MARK: Ephemeral containers

  @Test func `Ephemeral containers are added and stay`() {
    let debug: JSON = ["name": "debug", "image": "busybox:1", "targetContainerName": "web"]
    var pod = Self.changed {
      $0["ephemeralContainers"] = [debug]
      $0["nodeName"] = "ignored"
    }
    pod["metadata"] = ["name": "web", "labels": ["ignored": "too"], "resourceVersion": "9"]
    let stored = kind.updated(pod, old: Self.stored, through: .ephemeralContainers)
    #expect(stored[path: "spec", "nodeName"] == nil)
    #expect(stored[path: "metadata", "labels"] == nil)
    #expect(stored[path: "metadata", "resourceVersion"] == "9")
    #expect(
      kind.validateUpdate(stored, old: Self.stored, subresource: .ephemeralContainers) == [])
    #expect(
      kind.updateErrors(Self.stored, old: stored, through: .ephemeralContainers) == [
        "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"debug\" may not be "
          + "removed\n"
      ])
  }

  @Test func `An ephemeral container has no ports or probes and a real target`() {
    let pod = Self.changed {
      $0["ephemeralContainers"] = [
        [
          "name": "web", "image": "i:1", "targetContainerName": "other",
          "ports": [["containerPort": 1]],
        ]
      ]
    }
    #expect(
      kind.updateErrors(pod, old: Self.stored, through: .ephemeralContainers) == [
        "spec.ephemeralContainers[0].name: Duplicate value: \"web\"",
        "spec.ephemeralContainers[0].targetContainerName: Not found: \"other\"",
        "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
      ])
  }

  // MARK: Binding

  static let binding: JSON = [
    "metadata": ["name": "web", "annotations": ["a": "b"]], "target": ["name": "n1"],
  ]

  @Test func `A binding assigns the node and notes it`() throws {
    var pod = Self.stored
    try kind.bind(Self.binding, to: &pod, now: .testing)
    #expect(pod[path: "spec", "nodeName"] == "n1")
    #expect(pod[path: "metadata", "annotations", "a"] == "b")
    #expect(
      pod[path: "status", "conditions"] == [
        [
          "type": "PodScheduled", "status": "True",
          "lastTransitionTime": "2026-01-01T00:00:00Z",
        ]
      ])
  }

  @Test(
    arguments: [
      (
        stored.with("spec", stored.member("spec").with("nodeName", "n0")), binding, 409,
        "Operation cannot be fulfilled on pods/binding \"web\": pod web is already assigned to node "
          + "\"n0\""
      ),
      (
        stored.with(
          "spec", stored.member("spec").with("schedulingGates", [["name": "g"]])), binding, 409,
        "Operation cannot be fulfilled on pods/binding \"web\": pod web has non-empty "
          + ".spec.schedulingGates"
      ),
      (
        stored, binding.with("metadata", ["name": "other"]), 400,
        "name in URL does not match name in Binding object"
      ),
      (
        stored, binding.with("target", [:]), 422,
        "Binding \"web\" is invalid: target.name: Required value"
      ),
    ] as [(JSON, JSON, Int, String)])
  func `A binding that cannot be is refused`(
    pod: JSON, binding: JSON, code: Int, message: String
  ) {
    var pod = pod
    let error = #expect(throws: APIStatus.self) {
      try kind.bind(binding, to: &pod, now: .testing)
    }
    #expect(error?.code == code)
    #expect(error?.message == message)
  }

  // MARK: Leaving

  @Test(arguments: [
    ("n1", "Running", DeletionPolicy.graceful(defaultSeconds: 30)),
    ("n1", "Succeeded", .immediate), ("n1", "Failed", .immediate), ("", "Pending", .immediate),
  ])
  func `A Pod on a node gets its grace period`(
    node: String, phase: String, expected: DeletionPolicy
  ) {
    var pod = Self.changed { $0["nodeName"] = .string(node) }
    pod["status"] = ["phase": .string(phase)]
    #expect(kind.deletionPolicy(pod) == expected)
  }
}
