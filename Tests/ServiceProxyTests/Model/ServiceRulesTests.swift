import JSONTree
import KubernetesAPI
import Testing

@testable import ServiceProxy

struct ServiceRulesTests {
  private func backends(_ rules: ServiceRules) -> [String] {
    rules.rules.first?.backends.map(\.address.description) ?? []
  }

  @Test func headlessServicesNamesAndOtherProxiesServicesAreNotProgrammed() {
    #expect(Make.rules(Make.service(ip: ["None"])).rules.isEmpty)
    #expect(Make.rules(Make.service(ip: [], type: .externalName)).rules.isEmpty)
    let foreign = Make.service {
      $0.metadata.labels["service.kubernetes.io/service-proxy-name"] = "mine"
    }
    #expect(Make.rules(foreign).rules.isEmpty)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var endpoints: [EndpointSlice.Endpoint]
    var distribution: String?
    var zone: String? = "a"
    var expected: [String]
  }

  @Test(arguments: [
    Case(
      testDescription: "ready ones only",
      endpoints: [Make.endpoint("10.1.0.1"), Make.endpoint("10.1.0.2", ready: false)],
      expected: ["10.1.0.1"]),
    Case(
      testDescription: "terminating ones that serve, where none is ready",
      endpoints: [
        Make.endpoint("10.1.0.1", ready: false, serving: true, terminating: true),
        Make.endpoint("10.1.0.2", ready: false, serving: false, terminating: true),
      ], expected: ["10.1.0.1"]),
    Case(
      testDescription: "no terminating one beside a ready one",
      endpoints: [
        Make.endpoint("10.1.0.1", ready: false, serving: true, terminating: true),
        Make.endpoint("10.1.0.2"),
      ], expected: ["10.1.0.2"]),
    Case(
      testDescription: "hinted for our zone",
      endpoints: [
        Make.endpoint("10.1.0.1", zones: ["a"]), Make.endpoint("10.1.0.2", zones: ["b"]),
      ], expected: ["10.1.0.1"]),
    Case(
      testDescription: "all, where one lacks a hint",
      endpoints: [Make.endpoint("10.1.0.1", zones: ["a"]), Make.endpoint("10.1.0.2")],
      expected: ["10.1.0.1", "10.1.0.2"]),
    Case(
      testDescription: "all, where none is hinted for us",
      endpoints: [Make.endpoint("10.1.0.1", zones: ["b"])], expected: ["10.1.0.1"]),
    Case(
      testDescription: "all, where the node has no zone",
      endpoints: [
        Make.endpoint("10.1.0.1", zones: ["a"]), Make.endpoint("10.1.0.2", zones: ["b"]),
      ], zone: nil, expected: ["10.1.0.1", "10.1.0.2"]),
    Case(
      testDescription: "our node's, when the Service prefers it",
      endpoints: [
        Make.endpoint("10.1.0.1", zones: ["a"], nodes: ["here"]),
        Make.endpoint("10.1.0.2", zones: ["a"], nodes: ["other"]),
      ], distribution: "PreferSameNode", expected: ["10.1.0.1"]),
    Case(
      testDescription: "our zone's, when the node has none",
      endpoints: [
        Make.endpoint("10.1.0.1", zones: ["b"], nodes: ["there"]),
        Make.endpoint("10.1.0.2", zones: ["a"], nodes: ["other"]),
      ], distribution: "PreferSameNode", expected: ["10.1.0.2"]),
    Case(
      testDescription: "node hints without the preference count for nothing",
      endpoints: [
        Make.endpoint("10.1.0.1", nodes: ["here"]), Make.endpoint("10.1.0.2", nodes: ["other"]),
      ], expected: ["10.1.0.1", "10.1.0.2"]),
  ])
  func theClusterWideSetIs(_ item: Case) {
    let service = Make.service { $0.trafficDistribution = item.distribution }
    let rules = Make.rules(service, Make.slice(item.endpoints), zone: item.zone)
    #expect(backends(rules) == item.expected)
  }

  @Test func portsAreFoundByNameAndProtocol() {
    let service = Make.service(ports: [
      Service.Port(name: "dns", transport: .udp, port: 53),
      Service.Port(name: "dns-tcp", transport: .tcp, port: 53),
    ])
    let rules = Make.rules(
      service,
      Make.slice(
        [Make.endpoint("10.1.0.1")], port: 5353, portName: "dns", transport: .udp),
      Make.slice([Make.endpoint("10.1.0.2")], port: 5354, portName: "dns-tcp"))
    #expect(
      rules.rules.map { $0.backends.map(\.description) } == [["10.1.0.1:5353"], ["10.1.0.2:5354"]])
  }

  @Test func anEndpointInTwoSlicesCountsOnce() {
    let rules = Make.rules(
      Make.service(), Make.slice([Make.endpoint("10.1.0.1")]),
      Make.slice([Make.endpoint("10.1.0.1")], name: "web-2"))
    #expect(backends(rules) == ["10.1.0.1"])
  }

  @Test func localEndpointsFallBackToTerminatingOnesOfThisNode() {
    let service = Make.service(
      type: .nodePort, ports: [Service.Port(port: 80, nodePort: 30_080)]
    ) { $0.traffic.externalPolicy = .local }
    let rules = Make.rules(
      service,
      Make.slice([
        Make.endpoint("10.1.0.1", ready: false, serving: true, terminating: true, node: "here"),
        Make.endpoint("10.1.0.2"),
      ]))
    guard case .route(let route) = rules.rules.last?.treatment else {
      Issue.record("no route")
      return
    }
    #expect(route.backends.map(\.address.description) == ["10.1.0.1"])
    #expect(route.inside.map(\.address.description) == ["10.1.0.2"])
  }

  @Test func loadBalancersInProxyModeAreLeftToTheirLoadBalancer() {
    let service = Service(json: [
      "metadata": ["name": "lb", "namespace": "default"],
      "spec": [
        "type": "LoadBalancer", "clusterIP": "10.96.0.10", "ports": [["port": 80]],
      ],
      "status": [
        "loadBalancer": [
          "ingress": [["ip": "203.0.113.1", "ipMode": "Proxy"], ["ip": "203.0.113.2"]]
        ]
      ],
    ])
    #expect(
      Make.rules(service).rules.map(\.frontend.description)
        == ["10.96.0.10:80/TCP", "203.0.113.2:80/TCP"])
  }

  @Test func theOldestServiceWinsAnAddressAndTheLoserIsTold() throws {
    var model = ProxyModel(node: ProxyNode(name: "here"))
    func claim(_ name: String, _ ip: String, at second: Int64) -> Service {
      Make.service(name, ip: [ip]) {
        $0.externalIPs = ["203.0.113.5"]
        $0.metadata.creationTimestamp = Timestamp(seconds: second)
      }
    }
    let young = claim("young", "10.96.0.1", at: 20)
    model.set(young.key, young)
    #expect(model.takeChanges().flatMap(\.losses).isEmpty)
    let old = claim("old", "10.96.0.2", at: 10)
    model.set(old.key, old)
    let changes = model.takeChanges()
    #expect(changes.map(\.service.name) == ["old", "young"])
    #expect(changes.last?.losses.map(\.winner.name) == ["old"])
    #expect(changes.last?.rules.count == 1)
    model.set(old.key, nil as Service?)
    #expect(model.takeChanges().last?.rules.count == 2)
  }

  @Test func aClusterIPIsNeverLostToAnExternalAddress() throws {
    var model = ProxyModel(node: ProxyNode(name: "here"))
    let thief = Make.service("thief", ip: ["10.96.0.9"]) {
      $0.externalIPs = ["10.96.0.10"]
      $0.metadata.creationTimestamp = Timestamp(seconds: 1)
    }
    let owner = Make.service("web") { $0.metadata.creationTimestamp = Timestamp(seconds: 2) }
    model.set(thief.key, thief)
    model.set(owner.key, owner)
    let changes = model.takeChanges()
    #expect(changes.first { $0.service.name == "thief" }?.losses.count == 1)
    #expect(changes.first { $0.service.name == "web" }?.losses.isEmpty == true)
  }

  @Test func whateverAnswersIsServingThoughPolicyChoosesLess() throws {
    let service = Make.service { $0.traffic.internalPolicy = .local }
    let slice = Make.slice([
      Make.endpoint("10.1.0.1", node: "here"), Make.endpoint("10.1.0.2"),
      Make.endpoint("10.1.0.3", ready: false, serving: true, terminating: true),
      Make.endpoint("10.1.0.4", ready: false, serving: false),
    ])
    let rule = try #require(Make.rules(service, slice).rules.first)
    #expect(rule.backends.map(\.address.description) == ["10.1.0.1"])
    #expect(
      rule.serving.map(\.address.description) == ["10.1.0.1", "10.1.0.2", "10.1.0.3"])
  }
}
