import APIServer
import JSONTree
import Testing

@Suite struct PodDefaultsTests {
  let kind = PodKind()

  static let small: JSON = [
    "metadata": ["name": "web", "namespace": "default"],
    "spec": ["containers": [["name": "web", "image": "nginx"]]],
  ]

  static func container(_ members: (String, JSON)...) -> JSON {
    var container: JSON = ["name": "web", "image": "nginx:1"]
    for (key, value) in members { container[key] = value }
    return ["spec": ["containers": [container]]]
  }

  func container(of pod: JSON) -> JSON { kind.created(pod).member("spec").items("containers")[0] }

  @Test func `A small Pod is completed as Kubernetes completes it`() {
    let pod = kind.created(Self.small)
    #expect(
      pod["spec"] == [
        "containers": [
          [
            "name": "web", "image": "nginx", "imagePullPolicy": "Always", "resources": [:],
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
          ]
        ],
        "dnsPolicy": "ClusterFirst", "enableServiceLinks": true,
        "preemptionPolicy": "PreemptLowerPriority", "priority": 0, "restartPolicy": "Always",
        "schedulerName": "default-scheduler", "securityContext": [:], "serviceAccount": "default",
        "serviceAccountName": "default", "terminationGracePeriodSeconds": 30,
        "tolerations": [
          [
            "effect": "NoExecute", "key": "node.kubernetes.io/not-ready", "operator": "Exists",
            "tolerationSeconds": 300,
          ],
          [
            "effect": "NoExecute", "key": "node.kubernetes.io/unreachable", "operator": "Exists",
            "tolerationSeconds": 300,
          ],
        ],
      ])
    #expect(pod["status"] == ["phase": "Pending", "qosClass": "BestEffort"])
    #expect(kind.creationErrors(Self.small) == [])
  }

  @Test func `Completing it twice changes nothing`() {
    let pod = kind.defaulted(Self.small)
    #expect(kind.defaulted(pod) == pod)
  }

  @Test(arguments: [
    ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1.2", "IfNotPresent"),
    ("registry:5000/nginx", "Always"), ("registry:5000/nginx:1", "IfNotPresent"),
    ("nginx@sha256:0000", "IfNotPresent"), ("nginx:latest@sha256:0000", "Always"),
    ("", "IfNotPresent"),
  ])
  func `The pull policy follows the tag`(image: String, expected: String) {
    let pod = Self.container(("image", .string(image)))
    #expect(container(of: pod).text("imagePullPolicy") == expected)
  }

  @Test func `Requests follow limits`() {
    let pod = Self.container(
      ("resources", ["limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "500m"]]))
    #expect(
      container(of: pod)[path: "resources", "requests"] == ["cpu": "500m", "memory": "1Gi"])
  }

  @Test func `On the node's network a port is the node's port`() {
    var pod = Self.container(("ports", [["containerPort": 80], ["containerPort": 0]]))
    #expect(container(of: pod).items("ports")[0]["hostPort"] == nil)
    var spec = pod.member("spec")
    spec["hostNetwork"] = true
    pod["spec"] = spec
    #expect(
      container(of: pod).items("ports") == [
        ["containerPort": 80, "hostPort": 80, "protocol": "TCP"],
        ["containerPort": 0, "protocol": "TCP"],
      ])
  }

  @Test func `Probes and actions are completed`() {
    let pod = Self.container(
      ("readinessProbe", ["httpGet": ["port": 80]]), ("livenessProbe", ["grpc": ["port": 9]]))
    let container = container(of: pod)
    #expect(
      container["readinessProbe"] == [
        "httpGet": ["path": "/", "port": 80, "scheme": "HTTP"], "timeoutSeconds": 1,
        "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3,
      ])
    #expect(container[path: "livenessProbe", "grpc"] == ["port": 9, "service": ""])
  }

  @Test func `Volumes are completed`() {
    let pod: JSON = [
      "spec": [
        "volumes": [
          ["name": "a"], ["name": "b", "secret": ["secretName": "s"]],
          ["name": "c", "hostPath": ["path": "/"]],
          ["name": "d", "image": ["reference": "r:1"]],
          [
            "name": "e",
            "projected": ["sources": [["serviceAccountToken": ["path": "t"]]]],
          ],
        ]
      ]
    ]
    #expect(
      kind.defaulted(pod).member("spec").items("volumes") == [
        ["name": "a", "emptyDir": [:]],
        ["name": "b", "secret": ["secretName": "s", "defaultMode": 420]],
        ["name": "c", "hostPath": ["path": "/", "type": ""]],
        ["name": "d", "image": ["reference": "r:1", "pullPolicy": "IfNotPresent"]],
        [
          "name": "e",
          "projected": [
            "defaultMode": 420,
            "sources": [["serviceAccountToken": ["path": "t", "expirationSeconds": 3600]]],
          ],
        ],
      ])
  }

  @Test func `The old name of the service account counts`() {
    let spec = kind.defaulted(["spec": ["serviceAccount": "robot"]]).member("spec")
    #expect(spec["serviceAccountName"] == "robot")
    let both = kind.defaulted(["spec": ["serviceAccount": "a", "serviceAccountName": "b"]])
    #expect(both[path: "spec", "serviceAccount"] == "b")
  }

  @Test(
    arguments: [
      ([], "BestEffort"),
      ([["limits": ["cpu": "1", "memory": "1Gi"]]], "Guaranteed"),
      ([["limits": ["cpu": "1", "memory": "1Gi"], "requests": ["cpu": "500m"]]], "Burstable"),
      ([["limits": ["cpu": "1"]]], "Burstable"),
      ([["requests": ["memory": "1"]]], "Burstable"),
      ([["requests": ["cpu": "0"]]], "BestEffort"),
      ([["limits": ["cpu": "1", "memory": "1Gi"]], .object([:])], "Burstable"),
      ([["limits": ["example.com/gpu": "1"]]], "BestEffort"),
    ] as [([JSON], String)])
  func `Resources decide the quality of service`(resources: [JSON], expected: String) {
    let containers = resources.enumerated().map { index, resources in
      JSON.object(["name": .string("c\(index)"), "image": "i:1", "resources": resources])
    }
    let pod = kind.created(["spec": ["containers": .array(containers)]])
    #expect(pod[path: "status", "qosClass"]?.string == expected)
  }

  @Test func `Resources of the whole Pod are completed from its containers`() {
    let pod: JSON = [
      "spec": [
        "resources": ["limits": ["cpu": "4", "memory": "4Gi"]],
        "containers": [
          ["name": "a", "resources": ["requests": ["cpu": "500m"]]],
          ["name": "b", "resources": ["requests": ["cpu": "1"]]],
        ],
        "initContainers": [
          [
            "name": "s", "restartPolicy": "Always", "resources": ["requests": ["cpu": "250m"]],
          ],
          ["name": "i", "resources": ["requests": ["cpu": "1"]]],
        ],
      ]
    ]
    #expect(
      kind.defaulted(pod)[path: "spec", "resources", "requests"]
        == ["cpu": "1750m", "memory": "4Gi"])
  }

  @Test func `A gated Pod says that it is not scheduled`() {
    var pod = Self.small
    pod["spec"] = Self.small.member("spec").with("schedulingGates", [["name": "example.com/g"]])
    let conditions = kind.created(pod).member("status").items("conditions")
    #expect(conditions.map { $0.text("reason") } == ["SchedulingGated"])
    #expect(kind.row(kind.created(pod))[2] == "SchedulingGated")
  }

  @Test func `Labels that a selector names by key get the Pod's values`() {
    let pod: JSON = [
      "metadata": ["labels": ["v": "7"]],
      "spec": [
        "topologySpreadConstraints": [
          [
            "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": ["matchLabels": ["a": "b"]], "matchLabelKeys": ["v", "absent"],
          ]
        ]
      ],
    ]
    let constraint = kind.created(pod).member("spec").items("topologySpreadConstraints")[0]
    #expect(
      constraint[path: "labelSelector", "matchExpressions"]
        == [["key": "v", "operator": "In", "values": ["7"]]])
  }
}
