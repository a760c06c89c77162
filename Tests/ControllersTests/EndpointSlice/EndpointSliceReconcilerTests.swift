import KubernetesAPI
import Testing

@testable import Controllers

struct EndpointSliceReconcilerTests {
  @Test func aSliceIsWrittenAsKubernetesWritesIt() throws {
    var world = SliceWorld()
    world.service.metadata.labels = ["team": "a", EndpointSlice.managedByLabel: "mine"]
    world.service.ports[0].appProtocol = "kubernetes.io/h2c"
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    let writes = world.writes(triggerTime: Timestamp("2026-01-02T03:04:05Z"))
    guard case .create(let slice)? = writes.first, writes.count == 1 else {
      Issue.record("\(writes)")
      return
    }
    #expect(slice.metadata.generateName == "web-")
    #expect(slice.metadata.namespace == "default")
    #expect(
      slice.metadata.labels == [
        "team": "a", "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      ])
    #expect(
      slice.metadata.annotations == [
        "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-02T03:04:05Z"
      ])
    #expect(
      slice.metadata.ownerReferences == [
        OwnerReference(
          apiVersion: "v1", kind: "Service", name: "web", uid: "uid-web", isController: true,
          blockOwnerDeletion: true)
      ])
    #expect(slice.addressType == .ipv4)
    #expect(
      slice.ports == [
        EndpointSlice.Port(
          name: "http", transport: .tcp, port: 8080, appProtocol: "kubernetes.io/h2c")
      ])
    let endpoint = try #require(slice.endpoints.first)
    #expect(endpoint.addresses == ["10.0.0.1"])
    #expect(endpoint.ready == true)
    #expect(endpoint.serving == true)
    #expect(endpoint.terminating == false)
    #expect(endpoint.nodeName == "node-1")
    #expect(endpoint.zone == "a")
    #expect(endpoint.hostname == nil)
    #expect(
      endpoint.targetRef
        == ObjectReference(kind: "Pod", namespace: "default", name: "p", uid: "uid-p"))
  }

  @Test(arguments: [
    // ready, terminating, publish -> ready, serving, terminating
    (true, false, false, true, true, false),
    (false, false, false, false, false, false),
    (true, true, false, false, true, true),
    (false, true, false, false, false, true),
    (false, false, true, true, false, false),
    (true, true, true, true, true, true),
    (false, true, true, true, false, true),
  ])
  func conditionsFollowThePodAndTheService(
    podReady: Bool, podTerminating: Bool, publishes: Bool, ready: Bool, serving: Bool,
    terminating: Bool
  ) throws {
    for annotated in [false, true] {
      var world = SliceWorld()
      if annotated {
        world.service.metadata.annotations[Service.tolerateUnreadyAnnotation] =
          publishes ? "true" : "false"
      } else {
        world.service.publishNotReadyAddresses = publishes
      }
      var pod = Sample.pod("p", ip: "10.0.0.1", ready: podReady)
      if podTerminating { pod.metadata.deletionTimestamp = Timestamp(seconds: 1) }
      world.pods = [pod]
      world.reconcile()
      let endpoint = try #require(world.only)
      #expect(endpoint.ready == ready)
      #expect(endpoint.serving == serving)
      #expect(endpoint.terminating == terminating)
    }
  }

  @Test(arguments: [
    ("no address", false, false), ("succeeded", false, false), ("failed", false, false),
    ("unknown phase", true, true), ("pending", true, true), ("no node", false, true),
    ("unknown node", false, true), ("bad address", false, false), ("other family", false, false),
  ])
  func podsAreTakenAsKubernetesTakesThem(what: String, isIn: Bool, isInIfPublishing: Bool) {
    for publishes in [false, true] {
      var world = SliceWorld()
      world.service.publishNotReadyAddresses = publishes
      var pod = Sample.pod("p", ip: "10.0.0.1")
      switch what {
      case "no address": pod.podIPs = []
      case "succeeded": pod.phase = .succeeded
      case "failed": pod.phase = .failed
      case "unknown phase": pod.phase = .unknown
      case "pending": pod.phase = .pending
      case "no node": pod.nodeName = ""
      case "unknown node": pod.nodeName = "gone"
      case "bad address": pod.podIPs = ["none"]
      default: pod.podIPs = ["fd00::1"]
      }
      world.pods = [pod]
      world.reconcile()
      #expect(world.addresses.isEmpty != (publishes ? isInIfPublishing : isIn))
      #expect(world.slices.count == 1, "there is always a slice")
      if what == "no node", publishes { #expect(world.only?.nodeName == nil) }
    }
  }

  @Test func twoFamiliesHaveSlicesOfTheirOwn() {
    var world = SliceWorld(Sample.service(families: [.v6, .v4]))
    var both = Sample.pod("p", ip: "10.0.0.1")
    both.podIPs = ["10.0.0.1", "fd00::00:1"]
    world.pods = [both, Sample.pod("q", ip: "10.0.0.2")]
    world.reconcile()
    #expect(world.slices.map(\.addressType) == [.ipv6, .ipv4])
    #expect(world.slices[0].endpoints.flatMap(\.addresses) == ["fd00::1"])
    #expect(world.slices[1].endpoints.flatMap(\.addresses) == ["10.0.0.1", "10.0.0.2"])
    // Back to one family: the other's slice goes.
    world.service.ipFamilies = [.v4]
    #expect(world.reconcile().map(\.verb) == ["delete"])
    #expect(world.slices.map(\.addressType) == [.ipv4])
  }

  @Test(
    arguments: [
      ([], ["None"], ["IPv4", "IPv6"]), ([], [], ["IPv4", "IPv6"]),
      ([], ["10.0.0.1"], ["IPv4"]), ([], ["fd00::1"], ["IPv6"]),
      ([IPAddress.Family.v6], ["10.0.0.1"], ["IPv6"]),
    ] as [([IPAddress.Family], [String], [String])])
  func familiesAreGuessedWhereAnOlderServerLeftThemOut(
    families: [IPAddress.Family], clusterIPs: [String], expected: [String]
  ) {
    var service = Sample.service(families: families)
    service.clusterIPs = clusterIPs
    #expect(
      EndpointSliceReconciler.addressTypes(of: service).map(\.rawValue) == expected)
  }

  @Test func hostnamesNeedTheSubdomainOfTheService() {
    for (subdomain, expected) in [("web", "zk-0"), ("other", nil), ("", nil)] as [(String, String?)]
    {
      var world = SliceWorld(Sample.headless())
      var pod = Sample.pod("p", ip: "10.0.0.1")
      pod.hostname = "zk-0"
      pod.subdomain = subdomain
      world.pods = [pod]
      world.reconcile()
      #expect(world.only?.hostname == expected)
    }
  }

  @Test func headlessSlicesCarryTheLabelAndMayHaveNoPorts() {
    var world = SliceWorld(Sample.headless())
    world.service.ports = []
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    world.reconcile()
    #expect(world.slices.first?.metadata.labels["service.kubernetes.io/headless"] == "")
    #expect(world.slices.first?.ports == [])
    #expect(world.addresses == ["10.0.0.1"])
  }

  @Test func namedPortsAreFoundInEachPod() {
    var world = SliceWorld()
    world.service.ports = [
      Service.Port(name: "http", port: 80, targetPort: .string("web")),
      Service.Port(name: "dns", transport: .udp, port: 53, targetPort: .string("dns")),
      Service.Port(name: "same", port: 90),
    ]
    var first = Sample.pod("p1", ip: "10.0.0.1")
    first.ports = [
      .init(name: "web", containerPort: 8080), .init(name: "dns", containerPort: 53),
    ]
    var second = Sample.pod("p2", ip: "10.0.0.2")
    second.ports = [
      .init(name: "web", containerPort: 9090),
      .init(name: "dns", containerPort: 5353, transport: .udp),
    ]
    world.pods = [first, second]
    world.reconcile()
    #expect(world.slices.count == 2)
    func ports(_ address: String) -> [String: Int32] {
      let slice = world.slices.first { $0.endpoints.first?.addresses == [address] }
      return Dictionary(
        uniqueKeysWithValues: (slice?.ports ?? []).map { ($0.name ?? "", $0.port ?? 0) })
    }
    // The port's protocol must be the same too.
    #expect(ports("10.0.0.1") == ["http": 8080, "same": 90])
    #expect(ports("10.0.0.2") == ["http": 9090, "dns": 5353, "same": 90])
  }

  @Test func aServiceWithoutEndpointsHasOneEmptySlice() {
    var world = SliceWorld()
    #expect(world.reconcile().map(\.verb) == ["create"])
    #expect(world.slices.first?.endpoints == [])
    #expect(world.slices.first?.ports == [])
    #expect(world.reconcile() == [])
    // The first endpoint takes the placeholder over, the last leaves one behind.
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    #expect(world.reconcile().map(\.verb) == ["update"])
    world.pods = []
    #expect(world.reconcile().map(\.verb) == ["update"])
    #expect(world.slices.count == 1)
    #expect(world.slices.first?.ports == [])
    #expect(world.reconcile() == [])
  }

  @Test func slicesOfAnEarlierServiceAreDeletedNotReused() {
    var world = SliceWorld()
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    world.reconcile()
    world.service.metadata.uid = "another"
    let writes = world.reconcile()
    #expect(writes.map(\.verb) == ["create", "delete"])
    #expect(world.slices.first?.metadata.ownerReferences.first?.uid == "another")
    #expect(world.reconcile() == [])
  }

  @Test func labelsOfTheServiceAreFollowed() {
    var world = SliceWorld()
    world.pods = Sample.pods(0..<150)
    world.reconcile()
    world.service.metadata.labels = ["a": "b"]
    #expect(world.reconcile().map(\.verb) == ["update", "update"])
    #expect(world.slices.allSatisfy { $0.metadata.labels["a"] == "b" })
    world.service.metadata.labels = [:]
    world.reconcile()
    #expect(world.slices.allSatisfy { $0.metadata.labels["a"] == nil })
  }

  @Test func aServiceThatIsBeingDeletedGetsNoNewSlices() {
    var world = SliceWorld()
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    world.service.metadata.deletionTimestamp = Timestamp(seconds: 1)
    #expect(world.writes() == [])
  }

  @Test func aLongNameIsKeptWhole() {
    let name = String(repeating: "a", count: 253)
    #expect(EndpointSliceReconciler.namePrefix(name) == name)
    #expect(EndpointSliceReconciler.namePrefix("web") == "web-")
  }

  @Test func aReplacedPodOfTheSameNameIsAnUpdate() {
    var world = SliceWorld()
    world.pods = [Sample.pod("p", ip: "10.0.0.1")]
    world.reconcile()
    world.pods[0].metadata.uid = "new"
    #expect(world.reconcile().map(\.verb) == ["update"])
    #expect(world.only?.targetRef?.uid == "new")
  }
}
