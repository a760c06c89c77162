import Foundation
import Testing

extension EndToEnd {
  /// kubectl of several versions, for every kind that is served.
  @Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl"), .serialized)
  struct KubectlTests {
    /// A kind, as kubectl names it, with an object of it named `probe`.
    struct Sample: Sendable {
      var resource: String
      var name = "probe"
      var isNamespaced = true
      /// The group's version, where `kubectl explain` needs to be told.
      var explainedAs: (resource: String, apiVersion: String)?
      var manifest: String

      /// The manifest with a label more.
      var labelled: String {
        manifest.replacingOccurrences(
          of: "metadata: {name: \(name)}", with: "metadata: {name: \(name), labels: {more: one}}")
      }
    }

    static let samples = coreSamples + WorkloadSamples.all

    private static let coreSamples = [
      Sample(
        resource: "namespaces", isNamespaced: false,
        manifest: "apiVersion: v1\nkind: Namespace\nmetadata: {name: probe}"),
      Sample(
        resource: "nodes", isNamespaced: false,
        manifest: "apiVersion: v1\nkind: Node\nmetadata: {name: probe}"),
      Sample(
        resource: "pods",
        manifest: """
          apiVersion: v1
          kind: Pod
          metadata: {name: probe}
          spec: {containers: [{name: main, image: none, ports: [{containerPort: 80}]}]}
          """),
      Sample(
        resource: "services",
        manifest: """
          apiVersion: v1
          kind: Service
          metadata: {name: probe}
          spec:
            selector: {app: probe}
            ports: [{name: http, port: 80}, {name: dns, port: 53, protocol: UDP}]
          """),
      Sample(
        resource: "endpoints", name: "probe-endpoints",
        manifest: """
          apiVersion: v1
          kind: Endpoints
          metadata: {name: probe-endpoints}
          subsets: [{addresses: [{ip: 10.9.8.7}], ports: [{port: 80, protocol: TCP}]}]
          """),
      Sample(
        resource: "configmaps",
        manifest: "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: probe}\ndata: {a: b}"),
      Sample(
        resource: "secrets",
        manifest: "apiVersion: v1\nkind: Secret\nmetadata: {name: probe}\ndata: {a: Yg==}"),
      Sample(
        resource: "serviceaccounts",
        manifest: "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: probe}"),
      Sample(
        resource: "events",
        manifest: """
          apiVersion: v1
          kind: Event
          metadata: {name: probe}
          involvedObject: {kind: Pod, name: p, namespace: default}
          reason: Tested
          message: hello
          type: Normal
          """),
      Sample(
        resource: "endpointslices",
        manifest: """
          apiVersion: discovery.k8s.io/v1
          kind: EndpointSlice
          metadata: {name: probe}
          addressType: IPv4
          endpoints: [{addresses: [10.9.8.7], conditions: {}}]
          ports: [{name: "", port: 80, protocol: TCP}]
          """),
      Sample(
        resource: "leases",
        manifest: """
          apiVersion: coordination.k8s.io/v1
          kind: Lease
          metadata: {name: probe}
          spec: {holderIdentity: me, leaseDurationSeconds: 15}
          """),
      Sample(
        resource: "events.events.k8s.io", name: "probe-of-events",
        explainedAs: ("events", "events.k8s.io/v1"),
        manifest: """
          apiVersion: events.k8s.io/v1
          kind: Event
          metadata: {name: probe-of-events}
          eventTime: "2026-01-01T00:00:00.000000Z"
          regarding: {kind: Pod, name: p, namespace: default}
          reportingController: example.org/tester
          reportingInstance: tester-1
          action: Testing
          reason: Tested
          note: hello
          type: Normal
          """),
      Sample(
        resource: "roles",
        manifest: """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: Role
          metadata: {name: probe}
          rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
          """),
      Sample(
        resource: "clusterroles", isNamespaced: false,
        manifest: """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: ClusterRole
          metadata: {name: probe}
          rules: [{nonResourceURLs: [/metrics], verbs: [get]}]
          """),
      Sample(
        resource: "rolebindings",
        manifest: """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: RoleBinding
          metadata: {name: probe}
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
          subjects: [{kind: ServiceAccount, name: default, namespace: default}]
          """),
      Sample(
        resource: "clusterrolebindings", isNamespaced: false,
        manifest: """
          apiVersion: rbac.authorization.k8s.io/v1
          kind: ClusterRoleBinding
          metadata: {name: probe}
          roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
          subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: ada}]
          """),
    ]

    /// Runs one kubectl after the other on one plane and records what fails.
    private struct Session: Sendable {
      var kubectl: Kubectl
      var kubeConfig: String
      /// Where kubectl keeps its caches.
      var home: String

      init(plane: Plane, kubectl: Kubectl) {
        self.kubectl = kubectl
        kubeConfig = plane.kubeConfig
        home = plane.dataDirectory
      }

      /// - Parameter editor: the command by which `kubectl edit` edits.
      @discardableResult
      func ok(
        _ arguments: String..., input: String? = nil, editor: String = "true"
      ) async throws -> ToolResult {
        let result = try await Tool.run(
          kubectl.path, arguments, input: input,
          environment: ["KUBECONFIG": kubeConfig, "HOME": home, "KUBE_EDITOR": editor])
        if result.status != 0 {
          Issue.record("\(kubectl) \(arguments.joined(separator: " ")): \(result.errors)")
        }
        return result
      }

      func status(_ arguments: String..., input: String? = nil) async throws -> ToolResult {
        try await Tool.run(
          kubectl.path, arguments, input: input,
          environment: ["KUBECONFIG": kubeConfig, "HOME": home])
      }
    }

    @Test(arguments: Kubectl.installed)
    func everyKindIsAppliedShownChangedAndDeleted(kubectl: Kubectl) async throws {
      let plane = try await Plane()
      let session = Session(plane: plane, kubectl: kubectl)
      for sample in Self.samples { try await exercise(sample, session) }
      #expect(plane.stop() == 0)
    }

    @Test(arguments: Kubectl.installed)
    func workloadsAreScaledAndChanged(kubectl: Kubectl) async throws {
      let plane = try await Plane()
      let session = Session(plane: plane, kubectl: kubectl)
      for sample in WorkloadSamples.all where WorkloadSamples.scalable.contains(sample.resource) {
        try await session.ok("apply", "-f", "-", input: sample.manifest)
        let name = "\(sample.resource)/\(sample.name)"
        try await session.ok("scale", name, "--replicas=0")
        let replicas = try await session.ok("get", name, "-o", "jsonpath={.spec.replicas}")
        #expect(replicas.output == "0", "\(kubectl) \(name)")
        let scale = try await session.ok("get", name, "--subresource=scale")
        #expect(scale.output.contains("DESIRED"), "\(kubectl) \(name): \(scale.output)")
        if sample.resource != "replicasets" {
          try await session.ok("set", "image", name, "main=other")
          try await session.ok("rollout", "restart", name)
        }
      }
      #expect(plane.stop() == 0)
    }

    private func exercise(_ sample: Sample, _ session: Session) async throws {
      let name = "\(sample.resource)/\(sample.name)"
      try await session.ok("apply", "-f", "-", input: sample.manifest)
      let again = try await session.ok("apply", "-f", "-", input: sample.manifest)
      #expect(again.output.contains("unchanged"), "\(session.kubectl) \(name)")
      let difference = try await session.status("diff", "-f", "-", input: sample.manifest)
      #expect(difference.status == 0, "\(session.kubectl) \(name): \(difference.output)")
      let changed = try await session.status("diff", "-f", "-", input: sample.labelled)
      #expect(changed.status == 1, "\(session.kubectl) \(name): \(changed.errors)")
      #expect(
        changed.output.split(separator: "\n").contains {
          $0.hasPrefix("+") && $0.hasSuffix("more: one")
        },
        "\(session.kubectl) \(name): \(changed.output)")
      try await session.ok("apply", "--dry-run=server", "-f", "-", input: sample.labelled)
      let still = try await session.ok("get", name, "-o", "jsonpath={.metadata.labels.more}")
      #expect(still.output.isEmpty, "\(session.kubectl) \(name): a dry run changes nothing")

      for format in [
        "yaml", "json", "wide", "name", "jsonpath={.metadata.uid}",
        "jsonpath-as-json={.metadata.name}", "go-template={{.kind}}",
        "custom-columns=N:.metadata.name",
      ] {
        let shown = try await session.ok("get", name, "-o", format)
        #expect(!shown.output.isEmpty, "\(session.kubectl) \(name) -o \(format)")
      }
      try await session.ok("get", sample.resource)
      if sample.isNamespaced { try await session.ok("get", sample.resource, "-A") }
      #expect(try await session.ok("describe", name).output.contains("probe"))
      try await explain(sample, session)

      try await session.ok("label", name, "color=blue")
      let selected = try await session.ok("get", sample.resource, "-l", "color=blue", "-o", "name")
      #expect(selected.lines.count == 1, "\(session.kubectl) \(name)")
      try await session.ok("annotate", name, "note=x")
      for (type, patch) in [
        ("strategic", #"{"metadata":{"labels":{"a":"s"}}}"#),
        ("merge", #"{"metadata":{"labels":{"a":"m"}}}"#),
        ("json", #"[{"op":"replace","path":"/metadata/labels/a","value":"j"}]"#),
      ] {
        try await session.ok("patch", name, "--type", type, "-p", patch)
      }
      try await session.ok("edit", name, editor: "sed -i s/color:.blue/color:\\ red/")
      let color = try await session.ok("get", name, "-o", "jsonpath={.metadata.labels.color}")
      #expect(color.output == "red", "\(session.kubectl) \(name)")
      let label = try await session.ok("get", name, "-o", "jsonpath={.metadata.labels.a}")
      #expect(label.output == "j")
      try await session.ok(
        "wait", name, "--for=jsonpath={.metadata.labels.a}=j", "--timeout=10s")
      try await session.ok("delete", name, "--timeout=30s")
      let gone = try await session.status("get", name)
      #expect(gone.status == 1 && gone.errors.contains("(NotFound)"), "\(gone.errors)")
    }

    private func explain(_ sample: Sample, _ session: Session) async throws {
      let resource = sample.explainedAs?.resource ?? sample.resource
      let version = "--api-version=\(sample.explainedAs?.apiVersion ?? "")"
      #expect(try await session.ok("explain", resource, version).output.contains("KIND:"))
      let labels = try await session.ok("explain", "\(resource).metadata.labels", version)
      #expect(labels.output.contains("map"), "\(session.kubectl) \(resource)")
    }

    @Test(arguments: Kubectl.installed)
    func servicesOfEveryTypeAreCreatedAndExposed(kubectl: Kubectl) async throws {
      let plane = try await Plane()
      let session = Session(plane: plane, kubectl: kubectl)
      try await session.ok("create", "service", "clusterip", "plain", "--tcp=80:8080")
      try await session.ok("create", "service", "clusterip", "bare", "--clusterip=None", "--tcp=80")
      try await session.ok("create", "service", "nodeport", "port", "--tcp=80", "--node-port=30123")
      try await session.ok("create", "service", "loadbalancer", "balanced", "--tcp=443:8443")
      try await session.ok(
        "create", "service", "externalname", "far", "--external-name=example.org")
      try await session.ok("run", "web", "--image=none", "--port=8080", "--labels=app=web")
      try await session.ok("expose", "pod", "web", "--port=80", "--target-port=8080")
      try await session.ok(
        "expose", "pod", "web", "--name=web-node", "--port=80", "--type=NodePort")
      try await session.ok(
        "expose", "pod", "web", "--name=web-balanced", "--port=80", "--type=LoadBalancer")
      try await session.ok(
        "expose", "pod", "web", "--name=web-bare", "--port=80", "--cluster-ip=None")
      try await session.ok("expose", "service", "web", "--name=web-again", "--port=81")

      let rows = try await session.ok("get", "services").lines.map {
        $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      }
      func row(_ name: String) -> [String] { rows.first { $0.first == name } ?? [] }
      #expect(row("bare").dropFirst().prefix(4) == ["ClusterIP", "None", "<none>", "80/TCP"])
      #expect(row("port").contains("NodePort") && row("port").contains("80:30123/TCP"))
      #expect(row("web-node").contains("NodePort") && row("web-again").contains("81/TCP"))
      #expect(row("web-balanced").contains("LoadBalancer") && row("web-bare").contains("None"))
      #expect(row("balanced").contains("LoadBalancer") && row("balanced").contains("<pending>"))
      #expect(
        row("far").dropFirst().prefix(4) == ["ExternalName", "<none>", "example.org", "<none>"])
      #expect(
        row("kubernetes").dropFirst().prefix(4) == ["ClusterIP", "10.96.0.1", "<none>", "443/TCP"])
      let taken = try await session.status(
        "create", "service", "nodeport", "other", "--tcp=80", "--node-port=30123")
      #expect(taken.errors.contains("provided port is already allocated"))
    }

    @Test(arguments: Kubectl.installed)
    func discoveryAndExplanationsAreComplete(kubectl: Kubectl) async throws {
      let plane = try await Plane()
      let session = Session(plane: plane, kubectl: kubectl)
      let resources = try await session.ok("api-resources", "-o", "name").lines
      let names = Set(resources.map { $0.split(separator: ".")[0] }.map(String.init))
      for sample in Self.samples {
        #expect(names.contains { sample.resource.split(separator: ".")[0] == $0 }, "\(resources)")
      }
      #expect(try await session.ok("api-versions").lines.contains("discovery.k8s.io/v1"))
      #expect(try await session.ok("version").output.contains("Server Version"))
      for path in [
        "service.spec.clusterIP", "pod.spec.containers.readinessProbe", "endpointslice.endpoints",
      ] {
        #expect(try await session.ok("explain", path).output.contains("DESCRIPTION:"))
      }
      #expect(try await session.ok("explain", "pod", "--recursive").output.contains("hostNetwork"))
      let rejected = try await session.status(
        "apply", "-f", "-",
        input: "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: []}")
      #expect(rejected.status == 1 && rejected.errors.contains(#"unknown field "spec.prots""#))
    }

    @Test(arguments: Kubectl.installed)
    func everyKindIsWatched(kubectl: Kubectl) async throws {
      let plane = try await Plane()
      let session = Session(plane: plane, kubectl: kubectl)
      for sample in Self.samples { try await watch(sample, session) }
    }

    /// An object is shown when the watch begins and when it changes.
    private func watch(_ sample: Sample, _ session: Session) async throws {
      let name = "\(sample.resource)/\(sample.name)"
      try await session.ok("apply", "-f", "-", input: sample.manifest)
      let scratch = try Scratch()
      let output = OutputFile(path: scratch.path + "/output")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: session.kubectl.path)
      process.arguments = [
        "get", name, "--watch", "-o", "jsonpath={.metadata.annotations.round}:",
      ]
      process.environment = ProcessInfo.processInfo.environment.merging(
        ["KUBECONFIG": session.kubeConfig, "HOME": session.home]
      ) { $1 }
      process.standardOutput = try output.open()
      process.standardError = FileHandle.nullDevice
      try Tool.start(process)
      defer { kill(process.processIdentifier, SIGKILL) }
      try await eventually("\(session.kubectl) shows \(name)", within: .seconds(60)) {
        output.text.contains(":")
      }
      try await session.ok("annotate", name, "round=second")
      try await eventually("\(session.kubectl) sees \(name) change", within: .seconds(60)) {
        output.text.contains("second:")
      }
    }

    @Test(arguments: Kubectl.installed)
    func watchesAndWaitsFollowChanges(kubectl: Kubectl) async throws {
      let plane = try await Plane()
      let session = Session(plane: plane, kubectl: kubectl)
      async let watched = session.status(
        "get", "configmaps", "-w", "--request-timeout=6s", "-o", "name", "-l", "watched=yes")
      async let waited = session.status(
        "wait", "configmap", "-l", "watched=yes", "--for=delete", "--timeout=20s")
      for number in 0..<3 {
        try await session.ok(
          "apply", "-f", "-",
          input: """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: watched-\(number), labels: {watched: "yes"}}
            """)
      }
      try await session.ok("delete", "configmaps", "-l", "watched=yes")
      let seen = Set(try await watched.lines)
      #expect(seen == Set((0..<3).map { "configmap/watched-\($0)" }))
      _ = try await waited
    }
  }
}
