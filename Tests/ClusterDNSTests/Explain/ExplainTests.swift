import DNSMessage
import JSONTree
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// Ways a name fails to resolve, and the cause that is named for each.
struct ExplainTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var objects: String
    var name: String
    var type = RecordType.a
    var asker: ObjectKey?
    /// The findings that must be there, and words of their messages.
    var expected: [(Explanation.Code, String)]

    init(
      _ description: String, _ objects: String, ask name: String, _ type: RecordType = .a,
      from asker: ObjectKey? = nil, expect expected: [(Explanation.Code, String)]
    ) {
      testDescription = description
      self.objects = objects
      self.name = name
      self.type = type
      self.asker = asker
      self.expected = expected
    }
  }

  private typealias World = ExplainWorld

  static let endpointCases = [
    Case(
      "the selector has a typo", World.headless + World.pod("web-0", labels: "app: wbe"),
      ask: "web",
      expect: [
        (.noSelectedPods, "app=web"), (.labelDiffers, "label app is wbe, selected is web"),
      ]),
    Case(
      "one label of two differs",
      World.service("web", "clusterIP: None, selector: {app: web, tier: front}")
        + World.pod("web-0", labels: "app: web, tier: back"), ask: "web",
      expect: [(.labelDiffers, "label tier is back, selected is front")]),
    Case(
      "a label has another key",
      World.headless + World.pod("web-0", labels: "ap: web"), ask: "web",
      expect: [(.labelDiffers, "label app is missing, selected is web; it has ap=web")]),
    Case(
      "the Pod is not ready",
      World.headless
        + World.pod(
          "web-0",
          status: """
            phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'False', \
            reason: ContainersNotReady, lastTransitionTime: '2026-01-02T03:04:05Z'}]
            """) + World.slice(of: "web", ready: false), ask: "web",
      expect: [
        (.notReady, "not ready since 2026-01-02T03:04:05Z: condition Ready is False"),
        (.notReady, "ContainersNotReady"),
      ]),
    Case(
      "a readiness gate holds the Pod back",
      World.headless
        + World.pod(
          "web-0",
          status: """
            phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'False'}, \
            {type: example.com/lb, status: 'False', reason: Waiting}]
            """) + World.slice(of: "web", ready: false), ask: "web",
      expect: [(.notReady, "condition example.com/lb is False (Waiting)")]),
    Case(
      "the Pod has no address",
      World.headless
        + World.pod(
          "web-0",
          status: """
            phase: Pending, containerStatuses: [{name: main, \
            state: {waiting: {reason: ImagePullBackOff}}}]
            """), ask: "web",
      expect: [(.noAddress, "no address yet (phase Pending; main: ImagePullBackOff)")]),
    Case(
      "the Pod is not scheduled",
      World.headless
        + World.pod(
          "web-0", spec: "",
          status: """
            phase: Pending, conditions: [{type: PodScheduled, status: 'False', \
            reason: Unschedulable, message: 0/3 nodes}]
            """), ask: "web", expect: [(.notScheduled, "Unschedulable: 0/3 nodes")]),
    Case(
      "the Pod has ended",
      World.headless + World.pod("web-0", status: "phase: Succeeded, podIP: 10.0.0.1"),
      ask: "web", expect: [(.terminated, "it has ended (Succeeded)")]),
    Case(
      "the Pod is terminating",
      World.headless
        + World.pod("web-0", metadata: ", deletionTimestamp: '2026-01-02T03:04:05Z'")
        + World.slice(of: "web", ready: false, more: ""), ask: "web",
      expect: [(.terminating, "terminating since 2026-01-02T03:04:05Z")]),
    Case(
      "no slice has the Pod", World.headless + World.pod("web-0"), ask: "web",
      expect: [(.noSlices, "no EndpointSlice has its address 10.0.0.1")]),
    Case(
      "nobody makes the endpoints of a Service without selector",
      World.service("web", "clusterIP: None"), ask: "web",
      expect: [(.noSelector, "kubernetes.io/service-name=web")]),
    Case(
      "the StatefulSet says another serviceName",
      World.service("db-svc", "clusterIP: None, selector: {app: web}")
        + World.set("db", serviceName: "db")
        + World.pod("db-0", spec: "nodeName: node-1, hostname: db-0, subdomain: db"),
      ask: "db-0.db",
      expect: [
        (
          .statefulSetServiceName,
          "StatefulSet default/db says serviceName db; the Service is db-svc"
        )
      ]),
    Case(
      "the Pod's subdomain is another",
      World.headless + World.pod("web-0", spec: "nodeName: node-1, hostname: web-0, subdomain: wb")
        + World.slice(of: "web"), ask: "web-0.web",
      expect: [(.wrongSubdomain, "says subdomain wb, not web")]),
    Case(
      "the Pod has no hostname",
      World.headless + World.pod("web-5d4f") + World.slice(of: "web"), ask: "web-5d4f.web",
      expect: [(.noHostname, "it is reached as 10-0-0-1.web")]),
    Case(
      "the named endpoint is not ready",
      World.headless + World.slice(of: "web", ready: false, more: ", hostname: web-0"),
      ask: "web-0.web", expect: [(.notReady, "EndpointSlice default/web-abc has the endpoint")]),
    Case(
      "there is no such endpoint",
      World.headless + World.slice(of: "web", more: ", hostname: web-0"), ask: "web-1.web",
      expect: [(.noEndpoint, "near: web-0")]),
    Case(
      "the Pod is still to come",
      World.headless + World.set("web", serviceName: "web"), ask: "web-1.web",
      expect: [
        (.noEndpoint, "no endpoint web-1"), (.expected, "is going to have it (2 replicas)"),
      ]),
    Case(
      "the label of a Pod is cut",
      World.headless
        + World.pod(
          String(repeating: "x", count: 70), spec: "nodeName: node-1, subdomain: web")
        + World.slice(of: "web"), ask: String(repeating: "x", count: 63) + ".web",
      expect: [(.labelTooLong, "has 70 bytes; its hostname is cut to 63")]),
  ]

  static let serviceCases = [
    Case(
      "the namespace is missing", World.headless, ask: "web.shpo",
      expect: [(.noNamespace, "there is no namespace shpo; near: shop")]),
    Case(
      "the Service is missing", World.headless, ask: "wbe",
      expect: [(.noService, "there is no Service default/wbe"), (.similarName, "web")]),
    Case(
      "the Service is in another namespace",
      World.service("db", "clusterIP: 10.96.0.1", namespace: "shop"), ask: "db",
      expect: [(.otherNamespace, "in namespace shop; from default it is db.shop")]),
    Case(
      "the Service has no cluster IP yet", World.service("web", "type: ClusterIP"), ask: "web",
      expect: [(.noClusterIP, "has no cluster IP yet")]),
    Case(
      "the other family is asked for", World.service("web", "clusterIP: 10.96.0.1"),
      ask: "web", .aaaa, expect: [(.otherFamily, "has no IPv6 address")]),
    Case(
      "another type is asked for", World.service("web", "clusterIP: 10.96.0.1"), ask: "web", .srv,
      expect: [(.otherType, "no SRV record")]),
    Case(
      "the port is named otherwise",
      World.service("web", "clusterIP: 10.96.0.1, ports: [{name: web, port: 80}]"),
      ask: "_http._tcp.web", .srv, expect: [(.noPort, "it has _web._tcp")]),
    Case(
      "the port has no name",
      World.service("web", "clusterIP: 10.96.0.1, ports: [{port: 80}]"), ask: "_http._tcp.web",
      .srv, expect: [(.unnamedPort, "only named ports have SRV records")]),
    Case(
      "the port is of another protocol",
      World.service("web", "clusterIP: 10.96.0.1, ports: [{name: dns, port: 53, protocol: UDP}]"),
      ask: "_dns._tcp.web", .srv, expect: [(.otherProtocol, "_dns._udp.web")]),
    Case(
      "an external name is an address",
      World.service("ext", "type: ExternalName, externalName: 192.0.2.7"), ask: "ext", .aaaa,
      expect: [(.externalNameIsAddress, "192.0.2.7 is an address, not a name")]),
    Case(
      "an external name leads nowhere",
      World.service(
        "ext", "type: ExternalName, externalName: wb.default.svc.cluster.local") + World.headless,
      ask: "ext", expect: [(.externalNameDangling, "does not exist"), (.similarName, "web")]),
    Case(
      "an external name is no name",
      World.service("ext", "type: ExternalName, externalName: 'a..b'"), ask: "ext",
      expect: [(.externalNameInvalid, "is no domain name")]),
    Case(
      "a dot at the end", World.service("web", "clusterIP: 10.96.0.1"), ask: "web.default.",
      expect: [
        (.trailingDot, "makes the name absolute"), (.trailingDot, "web.default.svc.cluster.local."),
      ]),
    Case(
      "the search path is too short",
      World.service("web", "clusterIP: 10.96.0.1")
        + World.pod("client", spec: "nodeName: node-1, dnsPolicy: None"), ask: "web.default",
      from: ObjectKey(namespace: "default", name: "client"),
      expect: [(.dnsPolicy, "dnsPolicy is None"), (.searchPathTooShort, "svc.cluster.local")]),
    Case(
      "a Pod on the node's network asks the node's servers",
      World.service("web", "clusterIP: 10.96.0.1")
        + World.pod("client", spec: "nodeName: node-1, hostNetwork: true"), ask: "web",
      from: ObjectKey(namespace: "default", name: "client"),
      expect: [(.dnsPolicy, "ClusterFirstWithHostNet would ask the cluster")]),
    Case(
      "the label svc is missing", World.service("web", "clusterIP: 10.96.0.1"),
      ask: "web.default.cluster.local",
      expect: [(.missingSvc, "web.default.svc.cluster.local")]),
    Case(
      "a label is too long", World.headless, ask: String(repeating: "y", count: 64),
      expect: [(.labelTooLong, "has 64 bytes")]),
    Case(
      "names of Pods are switched off", World.headless, ask: "10-0-0-1.default.pod.cluster.local",
      expect: [(.podRecordsDisabled, "--pods")]),
  ]

  @Test(arguments: endpointCases + serviceCases)
  func `The cause is named`(example: Case) throws {
    let view = try ExplainWorld.view(example.objects)
    let explanation = Explainer(view).explain(example.name, example.type, from: example.asker)
    #expect(!explanation.resolves || example.testDescription.hasPrefix("an external name is an"))
    let findings = explanation.notes + explanation.candidates.flatMap(\.findings)
    if !explanation.resolves, let first = example.expected.first {
      // Of several causes, one that was meant comes first.
      let likely = explanation.likelyCause?.code
      let meant = example.expected.map(\.0)
      #expect(likely.map(meant.contains) == true, "\(first)\n\(explanation.text)")
    }
    for (code, words) in example.expected {
      #expect(
        findings.contains { $0.code == code && $0.message.contains(words) },
        "\(code): \(words)\nin\n\(explanation.text)")
    }
  }

  @Test func `An answer says where it comes from, and the resolver stops there`() throws {
    let view = try ExplainWorld.view(
      ExplainWorld.headless + ExplainWorld.pod("web-0") + ExplainWorld.slice(of: "web"))
    let explanation = Explainer(view).explain("web", .a)
    #expect(explanation.resolves)
    let first = explanation.candidates[0]
    #expect(first.name == "web.default.svc.cluster.local.")
    #expect(first.records == ["web.default.svc.cluster.local. A 10.0.0.1"])
    #expect(first.sources.map(\.resourceVersion) == ["7", "9"])
    #expect(first.pods.map(\.isIn) == [true])
    #expect(explanation.candidates.map(\.isTried) == [true, false, false, false])
    #expect(explanation.likelyCause == nil)
  }

  @Test func `A Pod that is published although it is not ready is in, and why`() throws {
    let service = ExplainWorld.service(
      "web", "clusterIP: None, selector: {app: web}, publishNotReadyAddresses: true")
    let view = try ExplainWorld.view(
      service + ExplainWorld.pod("web-0", status: "phase: Running, podIP: 10.0.0.1")
        + ExplainWorld.slice(of: "web", ready: false))
    let explanation = Explainer(view).explain("web", .a)
    #expect(explanation.resolves)
    #expect(
      explanation.candidates[0].pods.map(\.reason) == [
        "not ready, but published, in EndpointSlice web-abc"
      ])
    #expect(explanation.candidates[0].findings.map(\.code) == [.publishesNotReady])
  }

  @Test func `Machines get the same as people`() throws {
    let view = try ExplainWorld.view(ExplainWorld.headless) { $0.age = 12 }
    let explanation = Explainer(view).explain("web", .a)
    let json = explanation.json
    #expect(json["resolves"]?.bool == false)
    #expect(json["viewAgeSeconds"]?.integer == 12)
    let candidates = try #require(json["candidates"]?.array)
    #expect(candidates.count == 4)
    #expect(candidates[0]["responseCode"]?.string == "NXDOMAIN")
    #expect(candidates[0]["findings"]?.array?.first?["code"]?.string == "noSelectedPods")
    #expect(explanation.text.contains("! no Pod in default has the labels"))
  }

  @Test(
    arguments: [
      ("db", "db-svc", true), ("web", "wbe", true), ("web", "web", false), ("web", "db", false),
      ("postgres", "postgresql", true), ("a", "b", true), ("ab", "cd", false),
    ] as [(String, String, Bool)])
  func `Names are near that differ by little`(left: String, right: String, isNear: Bool) {
    #expect(NearMiss.isNear(left, right) == isNear)
    #expect(NearMiss.isNear(right, left) == isNear)
  }

  @Test func `Names with many dots are tried as they are first`() {
    let path = SearchPath.clusterFirst(namespace: "shop", domain: "cluster.local")
    #expect(
      path.candidates(for: "db") == [
        "db.shop.svc.cluster.local", "db.svc.cluster.local", "db.cluster.local", "db",
      ])
    #expect(path.candidates(for: "a.b.c.d.e.f").first == "a.b.c.d.e.f")
    #expect(path.candidates(for: "db.") == ["db"])
  }
}
