import JSONTree
import KubernetesAPI
import Testing

struct SchedulingTests {
  private let node = ObjectMeta(
    name: "node-1", labels: ["zone": "a", "cores": "8"])

  @Test(
    arguments: [
      (["matchExpressions": [["key": "zone", "operator": "In", "values": ["a", "b"]]]], true),
      (["matchExpressions": [["key": "zone", "operator": "NotIn", "values": ["a"]]]], false),
      (["matchExpressions": [["key": "disk", "operator": "NotIn", "values": ["ssd"]]]], true),
      (["matchExpressions": [["key": "disk", "operator": "DoesNotExist"]]], true),
      (["matchExpressions": [["key": "cores", "operator": "Gt", "values": ["4"]]]], true),
      (["matchExpressions": [["key": "cores", "operator": "Lt", "values": ["4"]]]], false),
      (["matchExpressions": [["key": "zone", "operator": "Gt", "values": ["4"]]]], false),
      (["matchFields": [["key": "metadata.name", "operator": "In", "values": ["node-1"]]]], true),
      (["matchFields": [["key": "metadata.name", "operator": "In", "values": ["x"]]]], false),
      ([:], false),
    ] as [(JSON, Bool)])
  func aTermChoosesNodes(term: JSON, matches: Bool) {
    #expect(NodeSelectorTerm(json: term).matches(node) == matches)
  }

  @Test(
    arguments: [
      (["key": "a", "operator": "Exists"], true),
      (["key": "a", "operator": "Equal", "value": "x"], true),
      (["key": "a", "value": "y"], false),
      (["operator": "Exists"], true),
      (["key": "b", "operator": "Exists"], false),
      (["key": "a", "operator": "Exists", "effect": "NoSchedule"], false),
      (["key": "a", "operator": "Exists", "effect": "NoExecute"], true),
      (["value": "x"], false),
    ] as [(JSON, Bool)])
  func aTolerationFitsTaints(toleration: JSON, fits: Bool) {
    let taint = Taint(key: "a", value: "x", effect: "NoExecute")
    #expect(Toleration(json: toleration).tolerates(taint) == fits)
  }

  @Test func aPodAsksForTheMostItNeedsAtAnyTime() {
    let spec: JSON = [
      "initContainers": [
        ["name": "side", "restartPolicy": "Always", "resources": ["requests": ["cpu": "100m"]]],
        ["name": "big", "resources": ["requests": ["cpu": "2", "memory": "1Gi"]]],
      ],
      "containers": [
        ["name": "a", "resources": ["requests": ["cpu": "500m", "memory": "2Gi"]]],
        ["name": "b", "resources": ["requests": ["cpu": "1"]]],
      ],
      "overhead": ["memory": "1Mi"],
    ]
    let amounts = ResourceAmounts(podSpec: spec)
    #expect(amounts["cpu"] == 2100)
    #expect(amounts["memory"] == (2 << 30) + (1 << 20))
    #expect(ResourceAmounts(podSpec: nil).names.isEmpty)
  }

  @Test func sumsOfWhatUsersAskForDoNotOverflow() {
    let huge = ResourceAmounts(["memory": Int64.max - 1])
    #expect((huge + huge)["memory"] == Int64.max)
  }

  @Test(arguments: [
    ("25%", 10, 3, 2), ("0%", 10, 0, 0), ("100%", 3, 3, 3), ("x", 3, 0, 0), ("-5%", 3, 0, 0),
    ("50%", 1, 1, 0),
  ])
  func percentagesAreRounded(text: String, total: Int, up: Int, down: Int) {
    let amount = PodAmount(.string(text))
    #expect(amount.resolved(of: total, rounding: .up) == up)
    #expect(amount.resolved(of: total, rounding: .down) == down)
  }

  @Test func aStatefulSetKnowsItsPodsByName() {
    let set = StatefulSet(
      metadata: ObjectMeta(name: "web"), spec: ["replicas": 3, "ordinals": ["start": 2]])
    #expect(set.ordinals == 2..<5)
    for (name, ordinal) in [
      ("web-0", 0), ("web-12", 12), ("web-", nil), ("web-x", nil), ("other-0", nil),
      ("web--1", nil), ("web-99999999999", nil),
    ] as [(String, Int?)] {
      #expect(set.ordinal(of: name) == ordinal, "\(name)")
    }
    #expect(set.claimName(template: "data", ordinal: 3) == "data-web-3")
  }

  @Test func aPodTellsWhatDecidesItsPlace() {
    let pod = Pod(json: [
      "metadata": ["name": "p", "namespace": "default"],
      "spec": [
        "nodeSelector": ["disk": "ssd"], "schedulingGates": [["name": "wait"]],
        "volumes": [
          ["name": "data", "persistentVolumeClaim": ["claimName": "c"]],
          ["name": "scratch", "ephemeral": [:]],
        ],
        "containers": [
          [
            "name": "a",
            "ports": [["containerPort": 80, "hostPort": 8080], ["containerPort": 81]],
          ]
        ],
      ],
      "status": ["containerStatuses": [["name": "a", "restartCount": 4]]],
    ])
    #expect(pod.scheduling.isGated)
    #expect(pod.scheduling.claimNames == ["c", "p-scratch"])
    #expect(pod.scheduling.hostPorts.map(\.port) == [8080])
    #expect(pod.scheduling.restarts == 4)
    #expect(pod.scheduling.nodeTerms == nil)
  }
}
