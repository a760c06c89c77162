import APIServer
import JSONTree
import Testing

@Suite struct NodeTests {
  let kind = NodeKind()

  @Test(
    arguments: [
      (
        [
          "metadata": [
            "name": "n1", "creationTimestamp": "2025-12-22T00:00:00Z",
            "labels": [
              "node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": "",
              "kubernetes.io/role": "edge",
            ],
          ],
          "spec": ["unschedulable": true],
          "status": [
            "conditions": [["type": "Ready", "status": "True"]],
            "addresses": [["type": "InternalIP", "address": "10.0.0.1"]],
            "nodeInfo": [
              "kubeletVersion": "v1.36.2", "osImage": "Debian", "kernelVersion": "6.12",
              "architecture": "amd64", "containerRuntimeVersion": "process://1",
            ],
          ],
        ],
        [
          "n1", "Ready,SchedulingDisabled", "control-plane,edge,worker", "10d", "v1.36.2",
          "10.0.0.1", "<none>", "Debian", "6.12 (amd64)", "process://1",
        ]
      ),
      (
        [
          "metadata": ["name": "n2"], "status": ["conditions": [["type": "Ready", "status": "x"]]],
        ],
        [
          "n2", "NotReady", "<none>", "<unknown>", "", "<none>", "<none>", "<unknown>", "<unknown>",
          "<unknown>",
        ]
      ),
    ] as [(JSON, [String])])
  func `It prints what kubectl shows`(node: JSON, expected: [String]) {
    #expect(kind.row(node, wide: true) == expected)
  }

  @Test func `Without conditions the state is unknown`() {
    #expect(kind.row(["metadata": ["name": "n"]])[1] == "Unknown")
  }

  @Test func `What can be allocated is the capacity unless said otherwise`() {
    let node = kind.created(["status": ["capacity": ["cpu": "4"]]])
    #expect(node[path: "status", "allocatable"] == ["cpu": "4"])
    let other = kind.created(["status": ["capacity": ["cpu": "4"], "allocatable": ["cpu": "3"]]])
    #expect(other[path: "status", "allocatable"] == ["cpu": "3"])
  }

  @Test func `The two ways to state the Pod range agree`() {
    #expect(
      kind.created(["spec": ["podCIDR": "10.1.0.0/24"]])["spec"]?["podCIDRs"] == ["10.1.0.0/24"])
    #expect(
      kind.created(["spec": ["podCIDRs": ["10.1.0.0/24"]]])["spec"]?["podCIDR"] == "10.1.0.0/24")
    let both: JSON = ["podCIDR": "10.1.0.0/24", "podCIDRs": ["10.2.0.0/24", "fd00::/64"]]
    #expect(kind.created(["spec": both])["spec"]?["podCIDRs"] == ["10.1.0.0/24"])
  }

  @Test func `A status given at creation stays, one given with an update goes`() {
    let sent: JSON = ["status": ["phase": "Running"], "spec": ["unschedulable": true]]
    #expect(kind.created(sent)[path: "status", "phase"] == "Running")
    let old: JSON = ["status": .object([:]), "spec": .object([:])]
    let plain = kind.updated(sent, old: old)
    #expect(plain["status"] == old["status"])
    #expect(plain["spec"] == sent["spec"])
    let status = kind.updated(sent, old: old, through: .status)
    #expect(status[path: "status", "phase"] == "Running")
    #expect(status["spec"] == old["spec"])
  }

  @Test(
    arguments: [
      (
        ["spec": ["taints": [["key": "a", "effect": "Never"]]]],
        "metadata.taints[0].effect: Unsupported value: \"Never\": supported values: \"NoExecute\", "
          + "\"NoSchedule\", \"PreferNoSchedule\""
      ),
      (["spec": ["taints": [["key": "a"]]]], "metadata.taints[0].effect: Required value"),
      (
        [
          "spec": [
            "taints": [["key": "a", "effect": "NoExecute"], ["key": "a", "effect": "NoExecute"]]
          ]
        ],
        "metadata.taints[1]: Duplicate value: {\"effect\":\"NoExecute\",\"key\":\"a\"}: taints must "
          + "be unique by key and effect pair"
      ),
      (
        ["spec": ["podCIDRs": ["10.0.0.0/24", "10.0.1.0/24"]]],
        "spec.podCIDRs: Invalid value: [\"10.0.0.0/24\",\"10.0.1.0/24\"]: may specify no more than "
          + "one CIDR for each IP family"
      ),
      (
        ["spec": ["podCIDRs": ["10.0.0.1/24"]]],
        "spec.podCIDRs[0]: Invalid value: \"10.0.0.1/24\": must not have bits set beyond the prefix "
          + "length"
      ),
      (
        ["status": ["allocatable": ["cpu": "-1"]]],
        "status.allocatable.cpu: Invalid value: \"-1\": must be greater than or equal to 0"
      ),
      (
        ["status": ["allocatable": ["pods": "500m"]]],
        "status.allocatable.pods: Invalid value: \"500m\": must be an integer"
      ),
    ] as [(JSON, String)])
  func `A bad one is refused`(node: JSON, expected: String) {
    #expect(kind.creationErrors(node) == [expected])
  }

  @Test(
    arguments: [
      (
        ["podCIDR": "10.1.0.0/24"],
        "spec.podCIDRs: Forbidden: node updates may not change podCIDR except from \"\" to valid"
      ),
      (
        ["podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"], "providerID": "b"],
        "spec.providerID: Forbidden: node updates may not change providerID except from \"\" to valid"
      ),
    ] as [(JSON, String)])
  func `What was assigned stays`(spec: JSON, expected: String) {
    var spec = spec
    if spec["providerID"] == nil { spec["providerID"] = "a" }
    let old: JSON = [
      "spec": ["podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"], "providerID": "a"]
    ]
    #expect(kind.updateErrors(["spec": spec], old: old) == [expected])
  }

  @Test func `It is selected by whether it takes Pods`() {
    #expect(kind.selectableField("spec.unschedulable", of: .object([:])) == "false")
    #expect(
      kind.selectableField("spec.unschedulable", of: ["spec": ["unschedulable": true]]) == "true")
  }
}
