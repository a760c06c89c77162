import DNSMessage
import JSONTree
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// Names that are not there yet are denied in a way nobody may keep.
struct ExpectedNameTests {
  static func makeZone() -> TestZone {
    TestZone([
      Objects.service("default", "db"),
      Objects.slice("default", "db-1", of: "db", ["db-0=10.0.0.1", "!db-1=10.0.0.2"]),
      .statefulSet(ExpectedSet(key: Objects.key("default", "db"), serviceName: "db", replicas: 3)),
      Objects.service("default", "empty"),
      Objects.service("default", "pending", clusterIPs: []),
      Objects.service("default", "vip", clusterIPs: ["10.96.0.9"]),
      .statefulSet(
        ExpectedSet(
          key: Objects.key("default", "vip"), serviceName: "vip", firstOrdinal: 5, replicas: 1)),
      pod("job-0", phase: .pending), pod("job-1", phase: .succeeded), pod("job-2", node: ""),
      Objects.externalName("default", "alias", "db-2.db.default.svc.cluster.local"),
    ])
  }

  static func pod(_ name: String, phase: Pod.Phase = .pending, node: String = "n") -> ZoneChange {
    var pod = Pod(metadata: ObjectMeta(name: name, namespace: "default"))
    pod.hostname = name
    pod.subdomain = "empty"
    pod.nodeName = node
    pod.phase = phase
    return .pod(PodRecord(pod))
  }

  @Test(
    arguments: [
      // Ordinals below the number of replicas; an endpoint that is not ready.
      ("db-1.db.default.svc.cluster.local", .nameError, 0),
      ("db-2.db.default.svc.cluster.local", .nameError, 0),
      ("DB-2.DB.default.svc.cluster.local", .nameError, 0),
      ("db-3.db.default.svc.cluster.local", .nameError, 5),
      ("x.db-2.db.default.svc.cluster.local", .nameError, 5),
      ("vip-5.vip.default.svc.cluster.local", .nameError, 0),
      ("vip-0.vip.default.svc.cluster.local", .nameError, 5),
      // The hostname of a Pod that is scheduled, has not ended, and has no address yet.
      ("job-0.empty.default.svc.cluster.local", .nameError, 0),
      ("job-1.empty.default.svc.cluster.local", .nameError, 5),
      ("job-2.empty.default.svc.cluster.local", .nameError, 5),
      // Services without ready endpoints, or without their addresses.
      ("empty.default.svc.cluster.local", .nameError, 0),
      ("pending.default.svc.cluster.local", .nameError, 0),
      ("nix.default.svc.cluster.local", .nameError, 5),
      // Other types of names that are there are kept as long as ever.
      ("db.default.svc.cluster.local", .noError, 5),
      // Through an alias.
      ("alias.default.svc.cluster.local", .nameError, 0),
    ] as [(String, ResponseCode, UInt32)])
  func `Denials of names to come may not be kept`(
    name: String, code: ResponseCode, kept: UInt32
  ) throws {
    let response = try Self.makeZone().ask(name, .aaaa)
    #expect(response.responseCode == code)
    let soa = try #require(response.authority.first)
    #expect(soa.ttl == kept)
    guard case .soa(let data) = soa.data else {
      Issue.record("no SOA record")
      return
    }
    #expect(data.minimum == kept)
  }

  @Test func `A name that came is answered, and expected again when it goes`() throws {
    let zone = Self.makeZone()
    let name = "db-2.db.default.svc.cluster.local"
    zone.apply(
      Objects.slice(
        "default", "db-1", of: "db", ["db-0=10.0.0.1", "db-1=10.0.0.2", "db-2=10.0.0.3"]))
    #expect(try zone.ask(name, .a).answers.map(\.data) == [.a(0x0A00_0003)])
    zone.apply(Objects.slice("default", "db-1", of: "db", ["db-0=10.0.0.1"]))
    #expect(try zone.ask(name, .a).authority.map(\.ttl) == [0])
    // Scaled down, it is expected no more.
    zone.apply(
      .statefulSet(ExpectedSet(key: Objects.key("default", "db"), serviceName: "db", replicas: 2)))
    #expect(try zone.ask(name, .a).authority.map(\.ttl) == [5])
    zone.apply(.deleteStatefulSet(Objects.key("default", "db")))
    #expect(
      try zone.ask("db-1.db.default.svc.cluster.local", .a).authority.map(\.ttl) == [5])
  }

  @Test func `A namespace of which nothing is there yet does not exist`() throws {
    let zone = TestZone([Objects.service("new", "db")])
    #expect(try zone.ask("new.svc.cluster.local", .a).responseCode == .nameError)
    #expect(try zone.ask("new.svc.cluster.local", .a).authority.map(\.ttl) == [5])
    zone.apply(Objects.slice("new", "db-1", of: "db", ["10.0.0.1"]))
    #expect(try zone.ask("new.svc.cluster.local", .a).responseCode == .noError)
  }

  @Test func `A StatefulSet is read for its ordinals`() {
    let set = StatefulSetOrdinals(
      json: [
        "metadata": ["name": "web", "namespace": "shop"],
        "spec": ["serviceName": "web-svc", "replicas": 2, "ordinals": ["start": 3]],
      ])
    #expect(
      set.expected.claim
        == ExpectedNames.Claim(
          service: Objects.key("shop", "web-svc"), hostnames: ["web-3", "web-4"]))
    // Replicas that nobody has set are one; numbers that make no sense expect nothing.
    #expect(StatefulSetOrdinals(json: ["spec": ["serviceName": "a"]]).replicas == 1)
    let odd = ExpectedSet(
      key: Objects.key("a", "b"), serviceName: "s", firstOrdinal: -1, replicas: 1)
    #expect(odd.claim == nil)
  }
}
