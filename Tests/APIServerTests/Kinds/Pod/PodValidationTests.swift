import APIServer
import JSONTree
import Testing

@Suite struct PodValidationTests {
  let kind = PodKind()

  /// A good Pod with other members in its spec.
  static func spec(_ members: (String, JSON)...) -> JSON {
    var spec: JSON = ["containers": [["name": "a", "image": "i:1"]]]
    for (key, value) in members { spec[key] = value }
    return ["metadata": ["name": "p", "namespace": "default"], "spec": spec]
  }

  /// A good Pod with other members in its container.
  static func container(_ members: (String, JSON)...) -> JSON {
    var container: JSON = ["name": "a", "image": "i:1"]
    for (key, value) in members { container[key] = value }
    return spec(("containers", [container]))
  }

  static let emptyDir: JSON = ["name": "v", "emptyDir": [:]]

  static let containers: [(JSON, [String])] = [
    (spec(("containers", [])), ["spec.containers: Required value"]),
    (container(("name", "")), ["spec.containers[0].name: Required value"]),
    (container(("image", "")), ["spec.containers[0].image: Required value"]),
    (
      container(("image", " i")),
      [
        "spec.containers[0].image: Invalid value: \" i\": must not have leading or trailing "
          + "whitespace"
      ]
    ),
    (
      spec(("containers", [["name": "a", "image": "i"], ["name": "a", "image": "i"]])),
      ["spec.containers[1].name: Duplicate value: \"a\""]
    ),
    (
      spec(("initContainers", [["name": "a", "image": "i"]])),
      ["spec.initContainers[0].name: Duplicate value: \"a\""]
    ),
    (
      container(("imagePullPolicy", "Sometimes")),
      [
        "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: "
          + "\"Always\", \"IfNotPresent\", \"Never\""
      ]
    ),
    (
      container(("ports", [["name": "web", "containerPort": 70000]])),
      [
        "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and "
          + "65535, inclusive"
      ]
    ),
    (
      container(("ports", [["containerPort": 1, "protocol": "ICMP"]])),
      [
        "spec.containers[0].ports[0].protocol: Unsupported value: \"ICMP\": supported values: "
          + "\"SCTP\", \"TCP\", \"UDP\""
      ]
    ),
    (
      container(
        (
          "ports",
          [["containerPort": 1, "name": "x"], ["containerPort": 2, "name": "x"], .object([:])]
        )),
      [
        "spec.containers[0].ports[1].name: Duplicate value: \"x\"",
        "spec.containers[0].ports[2].containerPort: Required value",
      ]
    ),
    (
      container(
        ("ports", [["containerPort": 1, "hostPort": 9], ["containerPort": 2, "hostPort": 9]])),
      ["spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//9\""]
    ),
    (
      spec(
        ("hostNetwork", true),
        (
          "containers",
          [["name": "a", "image": "i", "ports": [["containerPort": 1, "hostPort": 2]]]]
        )),
      [
        "spec.containers[0].ports[0].hostPort: Invalid value: 2: must match `containerPort` when "
          + "`hostNetwork` is true"
      ]
    ),
    (
      spec(
        (
          "initContainers",
          [["name": "i", "image": "i", "livenessProbe": ["exec": ["command": ["x"]]]]]
        )
      ),
      [
        "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers "
          + "without restartPolicy=Always"
      ]
    ),
    (
      spec(("ephemeralContainers", [["name": "e", "image": "i"]])),
      ["spec.ephemeralContainers: Forbidden: cannot be set on create"]
    ),
    (
      container(("restartPolicyRules", [["action": "Restart"]])),
      [
        "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when "
          + "restart rules are used",
        "spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified",
      ]
    ),
  ]

  static let environment: [(JSON, [String])] = [
    (
      container(("env", [["name": "A=B"]])),
      [
        "spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name "
          + "must consist only of printable ASCII characters other than '='"
      ]
    ),
    (container(("env", [["value": "x"]])), ["spec.containers[0].env[0].name: Required value"]),
    (
      container(("env", [["name": "A", "valueFrom": [:]]])),
      [
        "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: "
          + "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
      ]
    ),
    (
      container(
        (
          "env",
          [["name": "A", "value": "x", "valueFrom": ["fieldRef": ["fieldPath": "metadata.name"]]]]
        )),
      [
        "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when "
          + "`value` is not empty"
      ]
    ),
    (
      container(
        ("env", [["name": "A", "valueFrom": ["fieldRef": ["fieldPath": "metadata.color"]]]])),
      [
        "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "
          + "\"metadata.color\": error converting fieldPath: field label not supported: "
          + "metadata.color"
      ]
    ),
    (
      container(
        ("env", [["name": "A", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['a']"]]]])
      ), []
    ),
    (
      container(
        ("env", [["name": "A", "valueFrom": ["resourceFieldRef": ["resource": "limits.disk"]]]])),
      [
        "spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "
          + "\"limits.disk\": supported values: \"limits.cpu\", \"limits.ephemeral-storage\", "
          + "\"limits.memory\", \"requests.cpu\", \"requests.ephemeral-storage\", "
          + "\"requests.memory\""
      ]
    ),
    (
      container(
        ("env", [["name": "A", "valueFrom": ["configMapKeyRef": ["name": "c", "key": ""]]]])),
      ["spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value"]
    ),
    (
      container(("envFrom", [.object([:])])),
      [
        "spec.containers[0].envFrom: Invalid value: \"\": must specify one of: `configMapRef` or "
          + "`secretRef`"
      ]
    ),
  ]

  static let probes: [(JSON, [String])] = [
    (
      container(("livenessProbe", [:])),
      ["spec.containers[0].livenessProbe: Required value: must specify a handler type"]
    ),
    (
      container(("livenessProbe", ["exec": ["command": ["x"]], "successThreshold": 2])),
      ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"]
    ),
    (
      container(
        ("readinessProbe", ["tcpSocket": ["port": "Web!"], "httpGet": ["port": 1]])),
      [
        "spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 "
          + "handler type"
      ]
    ),
    (
      container(("readinessProbe", ["tcpSocket": ["port": 0], "periodSeconds": -1])),
      [
        "spec.containers[0].readinessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and "
          + "65535, inclusive",
        "spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than "
          + "or equal to 0",
      ]
    ),
    (
      container(("lifecycle", ["preStop": ["sleep": ["seconds": 60]]])),
      [
        "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and "
          + "less than terminationGracePeriodSeconds (30)"
      ]
    ),
  ]

  static let volumes: [(JSON, [String])] = [
    (
      container(("volumeMounts", [["name": "v", "mountPath": "/v"]])),
      ["spec.containers[0].volumeMounts[0].name: Not found: \"v\""]
    ),
    (
      spec(("volumes", [emptyDir, emptyDir])),
      ["spec.volumes[1].name: Duplicate value: \"v\""]
    ),
    (
      spec(("volumes", [["name": "V", "secret": [:]]])),
      [
        "spec.volumes[0].secret.secretName: Required value",
        "spec.volumes[0].name: Invalid value: \"V\": " + FormatTests.label,
      ]
    ),
    (
      spec(("volumes", [["name": "v", "emptyDir": [:], "hostPath": ["path": "/"]]])),
      ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"]
    ),
    (
      spec(("volumes", [["name": "v", "hostPath": ["path": "/a/../b"]]])),
      ["spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"]
    ),
    (
      spec(
        (
          "volumes",
          [["name": "v", "configMap": ["name": "c", "items": [["key": "k", "path": "/p"]]]]]
        )
      ),
      [
        "spec.volumes[0].configMap.items[0].path: Invalid value: \"/p\": must be a relative path"
      ]
    ),
    (
      spec(("volumes", [["name": "v", "secret": ["secretName": "s", "defaultMode": 1000]]])),
      [
        "spec.volumes[0].secret.defaultMode: Invalid value: 1000: must be a number between 0 and "
          + "0777 (octal), both inclusive"
      ]
    ),
    (
      spec(
        (
          "volumes",
          [
            [
              "name": "v",
              "projected": [
                "sources": [["serviceAccountToken": ["path": "t", "expirationSeconds": 60]]]
              ],
            ]
          ]
        )),
      [
        "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid "
          + "value: 60: may not specify a duration less than 10 minutes"
      ]
    ),
    (
      spec(
        ("volumes", [emptyDir]),
        (
          "containers",
          [
            [
              "name": "a", "image": "i",
              "volumeMounts": [
                ["name": "v", "mountPath": "/v"], ["name": "v", "mountPath": "/v"],
                ["name": "v", "mountPath": "/w", "subPath": "../x"],
              ],
            ]
          ]
        )),
      [
        "spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/v\": must be unique",
        "spec.containers[0].volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'",
      ]
    ),
  ]

  static let resources: [(JSON, [String])] = [
    (
      container(("resources", ["requests": ["cpu": "2"], "limits": ["cpu": "1"]])),
      [
        "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal "
          + "to cpu limit of 1"
      ]
    ),
    (
      container(("resources", ["limits": ["cpu": "-1"]])),
      [
        "spec.containers[0].resources.limits[cpu]: Invalid value: \"-1\": must be greater than or "
          + "equal to 0",
        "spec.containers[0].resources.requests[cpu]: Invalid value: \"-1\": must be greater than "
          + "or equal to 0",
      ]
    ),
    (
      container(("resources", ["limits": ["disk": "1"], "requests": ["disk": "1"]])),
      [
        "spec.containers[0].resources.limits[disk]: Invalid value: \"disk\": must be a standard "
          + "resource type or fully qualified",
        "spec.containers[0].resources.limits[disk]: Invalid value: \"disk\": must be a standard "
          + "resource for containers",
        "spec.containers[0].resources.requests[disk]: Invalid value: \"disk\": must be a standard "
          + "resource type or fully qualified",
        "spec.containers[0].resources.requests[disk]: Invalid value: \"disk\": must be a standard "
          + "resource for containers",
      ]
    ),
    (
      container(("resources", ["requests": ["example.com/gpu": "1"]])),
      [
        "spec.containers[0].resources.limits: Required value: Limit must be set for non "
          + "overcommitable resources"
      ]
    ),
  ]

  static let pods: [(JSON, [String])] = [
    (
      spec(("restartPolicy", "Sometimes")),
      [
        "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", "
          + "\"Never\", \"OnFailure\""
      ]
    ),
    (
      spec(("dnsPolicy", "None")),
      [
        "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"
      ]
    ),
    (
      spec(
        ("dnsConfig", ["nameservers": ["1.2.3"], "searches": ["a b"], "options": [.object([:])]])),
      [
        "spec.dnsConfig.nameservers[0]: Invalid value: \"1.2.3\": must be a valid IP address, "
          + "(e.g. 10.9.8.7 or 2001:db8::ffff)",
        "spec.dnsConfig.searches[0]: Invalid value: \"a b\": a lowercase RFC 1123 subdomain must "
          + "consist of lower case alphanumeric characters, '_', '-' or '.', and must start and "
          + "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
          + "'_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
        "spec.dnsConfig.options[0]: Required value: must not be empty",
      ]
    ),
    (
      spec(("hostname", "a.b"), ("subdomain", "c")),
      ["spec.hostname: Invalid value: \"a.b\": must not contain dots"]
    ),
    (
      spec(("activeDeadlineSeconds", 0)),
      [
        "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"
      ]
    ),
    (
      spec(("nodeName", "n"), ("schedulingGates", [["name": "g"]])),
      ["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]
    ),
    (
      spec(("hostUsers", false), ("hostPID", true)),
      ["spec.HostPID: Forbidden: when `hostUsers` is false"]
    ),
    (
      spec(("tolerations", [["key": "", "operator": "Equal"]])),
      [
        "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when "
          + "`key` is empty, which means \"match all values and all keys\""
      ]
    ),
    (
      spec(("affinity", ["nodeAffinity": ["requiredDuringSchedulingIgnoredDuringExecution": [:]]])),
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
          + "nodeSelectorTerms: Required value: must have at least one node selector term"
      ]
    ),
    (
      spec(
        (
          "affinity",
          [
            "podAntiAffinity": [
              "preferredDuringSchedulingIgnoredDuringExecution": [
                ["weight": 200, "podAffinityTerm": ["topologyKey": "zone"]]
              ]
            ]
          ]
        )),
      [
        "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: "
          + "Invalid value: 200: must be in the range 1-100"
      ]
    ),
    (
      spec(
        (
          "topologySpreadConstraints",
          [["maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "Never"]]
        )),
      [
        "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
        "spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: \"Never\": "
          + "supported values: \"DoNotSchedule\", \"ScheduleAnyway\"",
      ]
    ),
    (
      spec(("hostAliases", [["ip": "x", "hostnames": ["ok"]]])),
      [
        "spec.hostAliases[0].ip: Invalid value: \"x\": must be a valid IP address, (e.g. 10.9.8.7 "
          + "or 2001:db8::ffff)"
      ]
    ),
    (
      container(("securityContext", ["privileged": true, "allowPrivilegeEscalation": false])),
      [
        "spec.containers[0].securityContext: Invalid value: {\"allowPrivilegeEscalation\":false,"
          + "\"privileged\":true}: cannot set `allowPrivilegeEscalation` to false and `privileged` "
          + "to true"
      ]
    ),
    (
      spec(("securityContext", ["runAsUser": -1, "seccompProfile": ["type": "Localhost"]])),
      [
        "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, "
          + "inclusive",
        "spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when "
          + "seccomp type is Localhost",
      ]
    ),
  ]

  static let all: [(JSON, [String])] = [
    containers, environment, probes, volumes, resources, pods,
  ].flatMap(\.self)

  @Test(arguments: all)
  func `A bad Pod is refused with path and reason`(pod: JSON, expected: [String]) {
    #expect(kind.creationErrors(pod) == expected)
  }

  @Test func `Finalizers have a domain unless Kubernetes knows them`() {
    var pod = Self.spec()
    pod["metadata"] = ["name": "p", "finalizers": ["mine", "orphan"]]
    #expect(
      kind.creationErrors(pod) == [
        "metadata.finalizers[0]: Invalid value: \"mine\": name is neither a standard finalizer "
          + "name nor is it fully qualified"
      ])
  }

  @Test func `Surprises are warned about`() {
    var pod = Self.container(
      ("env", [["name": "A", "value": "1"], ["name": "A", "value": "2"]]),
      (
        "ports",
        [["containerPort": 1, "protocol": "TCP"], ["containerPort": 1, "protocol": "TCP"]]
      ))
    pod["metadata"] = ["name": "a.b"]
    #expect(
      kind.warnings(pod, old: nil) == [
        "metadata.name: this is used in the Pod's hostname, which can result in surprising "
          + "behavior; a DNS label is recommended: [must not contain dots]",
        "spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when "
          + "using apply",
        "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
      ])
    #expect(kind.warnings(pod, old: pod) == [])
  }
}
