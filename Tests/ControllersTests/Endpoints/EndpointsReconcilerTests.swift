import KubernetesAPI
import Testing

@testable import Controllers

struct EndpointsReconcilerTests {
  private let reconciler = EndpointsReconciler()

  private func write(
    _ service: Service, _ pods: [Pod], current: Endpoints? = nil, triggerTime: Timestamp? = nil
  ) -> Endpoints? {
    reconciler.write(service: service, pods: pods, current: current, triggerTime: triggerTime)
  }

  @Test func theObjectIsWrittenAsKubernetesWritesIt() throws {
    var service = Sample.headless()
    service.metadata.labels = ["team": "a"]
    var ready = Sample.pod("p1", ip: "10.0.0.1")
    ready.hostname = "h"
    ready.subdomain = "web"
    let unready = Sample.pod("p2", ip: "10.0.0.2", ready: false, node: "")
    let endpoints = try #require(
      write(service, [unready, ready], triggerTime: Timestamp("2026-01-02T03:04:05Z")))
    #expect(endpoints.key == service.key)
    #expect(
      endpoints.metadata.labels == [
        "team": "a", "service.kubernetes.io/headless": "",
        "endpoints.kubernetes.io/managed-by": "endpoint-controller",
      ])
    #expect(
      endpoints.metadata.annotations == [
        "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-02T03:04:05Z"
      ])
    #expect(
      endpoints.subsets == [
        Endpoints.Subset(
          addresses: [
            Endpoints.Address(
              ip: "10.0.0.1", hostname: "h", nodeName: "node-1",
              targetRef: ObjectReference(
                kind: "Pod", namespace: "default", name: "p1", uid: "uid-p1"))
          ],
          notReadyAddresses: [
            Endpoints.Address(
              ip: "10.0.0.2",
              targetRef: ObjectReference(
                kind: "Pod", namespace: "default", name: "p2", uid: "uid-p2"))
          ],
          ports: [Endpoints.Port(name: "http", port: 8080, transport: .tcp)])
      ])
    #expect(write(service, [ready, unready], current: endpoints) == nil)
  }

  @Test(arguments: [
    ("terminating", [], ["10.0.0.1"]), ("unready", [], ["10.0.0.1"]),
    ("succeeded", [], []), ("no address", [], []), ("ready", ["10.0.0.1"], ["10.0.0.1"]),
    ("no node", ["10.0.0.1"], ["10.0.0.1"]),
  ])
  func podsAreTakenAsKubernetesTakesThem(
    what: String, ready: [String], readyIfPublishing: [String]
  ) throws {
    for style in ["no", "field", "annotation"] {
      var service = Sample.service()
      service.publishNotReadyAddresses = style == "field"
      if style == "annotation" {
        service.metadata.annotations[Service.tolerateUnreadyAnnotation] = "true"
      }
      var pod = Sample.pod("p", ip: "10.0.0.1")
      switch what {
      case "terminating": pod.metadata.deletionTimestamp = Timestamp(seconds: 1)
      case "unready": pod.isReady = false
      case "succeeded": pod.phase = .succeeded
      case "no address": pod.podIPs = []
      case "no node": pod.nodeName = ""
      default: break
      }
      let endpoints = try #require(write(service, [pod]))
      let expected = style == "no" ? ready : readyIfPublishing
      #expect(endpoints.subsets.flatMap(\.addresses).map(\.ip) == expected)
      let notReady = endpoints.subsets.flatMap(\.notReadyAddresses).map(\.ip)
      #expect(notReady == (what == "unready" && style == "no" ? ["10.0.0.1"] : []))
    }
  }

  @Test func theFirstFamilyOfTheServiceCounts() throws {
    var pod = Sample.pod("p", ip: "10.0.0.1")
    pod.podIPs = ["10.0.0.1", "fd00::1"]
    for (families, expected) in [([.v4, .v6], "10.0.0.1"), ([.v6, .v4], "fd00::1")]
      as [([IPAddress.Family], String)]
    {
      let endpoints = try #require(write(Sample.service(families: families), [pod]))
      #expect(endpoints.subsets.flatMap(\.addresses).map(\.ip) == [expected])
    }
  }

  @Test func podsWithOtherPortNumbersMakeOtherSubsets() throws {
    var service = Sample.service()
    service.ports = [
      Service.Port(name: "b", port: 80, targetPort: .string("web")),
      Service.Port(name: "a", port: 90, targetPort: .integer(9)),
    ]
    var first = Sample.pod("p1", ip: "10.0.0.1")
    first.ports = [.init(name: "web", containerPort: 1)]
    var second = Sample.pod("p2", ip: "10.0.0.2")
    second.ports = [.init(name: "web", containerPort: 2)]
    let third = Sample.pod("p3", ip: "10.0.0.3")
    let endpoints = try #require(write(service, [first, second, third]))
    let described = endpoints.subsets.map { subset in
      subset.addresses.map(\.ip).joined(separator: ",") + " "
        + subset.ports.map { "\($0.name)=\($0.port)" }.joined(separator: ",")
    }
    // All three share port a; only two have a port b, each another.
    #expect(
      Set(described) == ["10.0.0.1,10.0.0.2,10.0.0.3 a=9", "10.0.0.1 b=1", "10.0.0.2 b=2"])
  }

  @Test func headlessServicesMayHaveNoPorts() throws {
    var service = Sample.headless()
    service.ports = []
    let pods = [Sample.pod("p", ip: "10.0.0.1")]
    #expect(try #require(write(service, pods)).subsets.flatMap(\.addresses).count == 1)
    service.clusterIPs = ["10.96.0.1"]
    #expect(try #require(write(service, pods)).subsets == [])
  }

  @Test(arguments: [
    (1000, 0, 1000, 0, false), (1001, 0, 1000, 0, true), (600, 600, 600, 400, true),
    (1200, 300, 1000, 0, true), (500, 500, 500, 500, false), (0, 1500, 0, 1000, true),
  ])
  func whatIsOverCapacityIsLeftOut(
    ready: Int, notReady: Int, readyLeft: Int, notReadyLeft: Int, truncated: Bool
  ) throws {
    let pods = Sample.pods(0..<(ready + notReady)).enumerated().map { index, pod in
      var pod = pod
      pod.isReady = index < ready
      // Two subsets, so that proportions matter.
      pod.ports = [.init(name: "web", containerPort: UInt16(1 + index % 2))]
      return pod
    }
    var service = Sample.service()
    service.ports[0].targetPort = .string("web")
    let endpoints = try #require(write(service, pods))
    #expect(endpoints.subsets.flatMap(\.addresses).count == readyLeft)
    #expect(endpoints.subsets.flatMap(\.notReadyAddresses).count == notReadyLeft)
    #expect(
      endpoints.metadata.annotations["endpoints.kubernetes.io/over-capacity"]
        == (truncated ? "truncated" : nil))
    #expect(write(service, pods, current: endpoints) == nil)
    // Back under capacity the annotation goes.
    let few = try #require(write(service, Array(pods.prefix(3)), current: endpoints))
    #expect(few.metadata.annotations["endpoints.kubernetes.io/over-capacity"] == nil)
  }

  @Test func labelsThatDifferAreWritten() throws {
    var service = Sample.service()
    var endpoints = try #require(write(service, []))
    #expect(write(service, [], current: endpoints) == nil)
    endpoints.metadata.labels["extra"] = "x"
    #expect(write(service, [], current: endpoints)?.metadata.labels["extra"] == nil)
    endpoints.metadata.labels["extra"] = nil
    service.metadata.labels["l"] = "v"
    #expect(write(service, [], current: endpoints)?.metadata.labels["l"] == "v")
  }
}

struct SubsetPackingTests {
  private func address(_ ip: String, uid: String? = nil) -> Endpoints.Address {
    Endpoints.Address(
      ip: ip,
      targetRef: uid.map { ObjectReference(kind: "Pod", namespace: "n", name: $0, uid: $0) })
  }

  private func port(_ name: String, _ number: Int32) -> Endpoints.Port {
    Endpoints.Port(name: name, port: number, transport: .tcp)
  }

  @Test func addressesThatOfferTheSamePortsComeTogether() {
    let subsets = [
      Endpoints.Subset(addresses: [address("10.0.0.2")], ports: [port("b", 2), port("a", 1)]),
      Endpoints.Subset(addresses: [address("10.0.0.1")], ports: [port("a", 1)]),
      Endpoints.Subset(addresses: [address("10.0.0.1")], ports: [port("b", 2)]),
    ]
    #expect(
      SubsetPacking.repack(subsets) == [
        Endpoints.Subset(
          addresses: [address("10.0.0.1"), address("10.0.0.2")],
          ports: [port("a", 1), port("b", 2)])
      ])
  }

  @Test func notReadyWinsAndAddressesOfTwoPodsStayTwo() {
    let subsets = [
      Endpoints.Subset(
        addresses: [address("10.0.0.1", uid: "x"), address("10.0.0.1", uid: "y")],
        notReadyAddresses: [address("10.0.0.1", uid: "y")], ports: [port("a", 1)])
    ]
    #expect(
      SubsetPacking.repack(subsets) == [
        Endpoints.Subset(
          addresses: [address("10.0.0.1", uid: "x")],
          notReadyAddresses: [address("10.0.0.1", uid: "y")], ports: [port("a", 1)])
      ])
  }

  @Test func packingTwiceChangesNothing() {
    let subsets = [
      Endpoints.Subset(addresses: [address("10.0.0.2")], ports: []),
      Endpoints.Subset(
        addresses: [], notReadyAddresses: [address("10.0.0.3"), address("10.0.0.1")],
        ports: [port("z", 9)]),
    ]
    let packed = SubsetPacking.repack(subsets)
    #expect(packed.count == 2)
    #expect(SubsetPacking.repack(packed) == packed)
    #expect(SubsetPacking.repack(subsets.reversed()) == packed)
  }
}
