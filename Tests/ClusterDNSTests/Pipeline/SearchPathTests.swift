import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// Search paths completed for known Pods (CoreDNS's plugin `autopath`).
struct SearchPathTests {
  static func pod(
    _ namespace: String, _ name: String, _ addresses: [String],
    change: (inout Pod) -> Void = { _ in }
  ) -> ZoneChange {
    var pod = Pod(metadata: ObjectMeta(name: name, namespace: namespace))
    pod.phase = .running
    pod.podIPs = addresses
    change(&pod)
    return .pod(PodRecord(pod))
  }

  static func zone(forwards: Bool = true) -> TestZone {
    var choices = PipelineSettings.Choices()
    choices.completesSearchPaths = true
    choices.forwards = forwards
    let zone = TestZone(
      [
        Objects.service("default", "web", clusterIPs: ["10.96.0.1"]),
        Objects.service("other", "db", clusterIPs: ["10.96.0.2", "fd00:10:96::2"]),
        Objects.externalName("other", "alias", "db.other.svc.cluster.local"),
        Objects.externalName("other", "outside", "example.com"),
        pod("default", "client", ["10.0.0.1", "fd00::1"]),
        pod("other", "server", ["10.0.0.2"]),
        pod("default", "agent", ["192.168.0.1"]) { $0.hostNetwork = true },
      ], choices: choices
    ) { $0.knowsAskers = true }
    zone.asker = .v4(0x0A00_0001)
    return zone
  }

  /// The answer as text, and what is left of the query.
  static func ask(
    _ zone: TestZone, _ name: String, _ type: RecordType = .a
  ) throws -> (text: String, remainder: QueryPipeline.Remainder, searched: Int) {
    let query = Message(
      id: 1, flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
      questions: [Question(name: try #require(DomainName(name)), type: type)], edns: EDNS())
    let bytes = zone.respond(to: try query.encoded())
    guard !bytes.isEmpty else { return ("", zone.pipeline.remainder, 0) }
    let response = try Message(bytes)
    let text = (["\(response.responseCode)"] + response.answers.map(\.text)).joined(separator: " ")
    return (text, zone.pipeline.remainder, zone.pipeline.searchedLength)
  }

  @Test(arguments: [
    // What is there is answered as ever.
    ("web.default.svc.cluster.local", "NOERROR web.default.svc A 10.96.0.1"),
    // The second and third steps of the search path, and the name by itself.
    (
      "db.other.default.svc.cluster.local",
      "NOERROR db.other.default.svc CNAME db.other.svc db.other.svc A 10.96.0.2"
    ),
    (
      "db.other.svc.default.svc.cluster.local",
      "NOERROR db.other.svc.default.svc CNAME db.other.svc db.other.svc A 10.96.0.2"
    ),
    (
      "db.other.svc.cluster.local.default.svc.cluster.local",
      "NOERROR db.other.svc.cluster.local.default.svc CNAME db.other.svc "
        + "db.other.svc A 10.96.0.2"
    ),
    (
      "DB.Other.Default.svc.cluster.local",
      "NOERROR DB.Other.Default.svc CNAME DB.Other.svc DB.Other.svc A 10.96.0.2"
    ),
    (
      "alias.other.default.svc.cluster.local",
      "NOERROR alias.other.default.svc CNAME alias.other.svc "
        + "alias.other.svc CNAME db.other.svc db.other.svc A 10.96.0.2"
    ),
    // A name of the cluster that is not there is denied by the cluster.
    ("nix.other.svc.cluster.local.default.svc.cluster.local", "NXDOMAIN"),
  ])
  func `What a Pod's search would find is answered at once`(name: String, answer: String) throws {
    let zone = Self.zone()
    let (text, remainder, _) = try Self.ask(zone, name)
    #expect(text == answer)
    #expect(remainder == .none)
    // The same over IPv6.
    zone.asker = IPAddress("fd00::1")
    #expect(try Self.ask(zone, name).text == answer)
  }

  @Test func `What the cluster does not have is looked for in the rest of the world`() throws {
    let zone = Self.zone()
    let (text, remainder, searched) = try Self.ask(
      zone, "www.example.com.default.svc.cluster.local")
    #expect(text == "NXDOMAIN")
    #expect(remainder == .search)
    #expect(searched == "www.example.com.".utf8.count)
    let outside = try Self.ask(zone, "outside.other.default.svc.cluster.local")
    #expect(outside.text.hasSuffix("outside.other.svc CNAME example.com."))
    #expect(outside.remainder == .alias)
    // Without anyone to ask, it is denied.
    let alone = Self.zone(forwards: false)
    let denied = try Self.ask(alone, "www.example.com.default.svc.cluster.local")
    #expect(denied.text == "NXDOMAIN" && denied.remainder == .none)
  }

  @Test func `A name that holds nothing of the type has no data, as the search would find`() throws
  {
    let (text, _, _) = try Self.ask(Self.zone(), "web.default.default.svc.cluster.local", .aaaa)
    #expect(text == "NOERROR web.default.default.svc CNAME web.default.svc")
  }

  @Test(arguments: [
    "10.0.0.2",  // A Pod of another namespace.
    "192.168.0.1",  // A node: any of its Pods and programs.
    "10.0.0.9",  // Nobody known.
  ])
  func `Nobody gets what another's search would find`(address: String) throws {
    let zone = Self.zone()
    zone.asker = IPAddress(address)
    let (text, remainder, _) = try Self.ask(zone, "db.other.default.svc.cluster.local")
    #expect(text == "NXDOMAIN" && remainder == .none)
  }

  @Test func `An address that changes hands is nobody's meanwhile, then the new Pod's`() throws {
    let zone = Self.zone()
    let name = "db.other.default.svc.cluster.local"
    func isCompleted(_ name: String) throws -> Bool {
      try Self.ask(zone, name).text.hasPrefix("NOERROR")
    }
    #expect(try isCompleted(name))
    // Given to another before the first is gone.
    zone.apply(Self.pod("other", "next", ["10.0.0.1"]))
    #expect(try !isCompleted(name))
    #expect(try !isCompleted("web.default.other.svc.cluster.local"))
    zone.apply(.deletePod(Objects.key("default", "client")))
    #expect(try !isCompleted(name))
    #expect(try isCompleted("web.default.other.svc.cluster.local"))
    // A Pod that has run to its end has no address any more.
    zone.apply(Self.pod("other", "next", ["10.0.0.1"]) { $0.phase = .succeeded })
    #expect(try !isCompleted("web.default.other.svc.cluster.local"))
    // Two Pods of one namespace agree.
    zone.apply(Self.pod("default", "a", ["10.0.0.1"]), Self.pod("default", "b", ["10.0.0.1"]))
    #expect(try isCompleted(name))
    // One of them is on its node's network.
    zone.apply(Self.pod("default", "b", ["10.0.0.1"]) { $0.hostNetwork = true })
    #expect(try !isCompleted(name))
    zone.apply(.deletePod(Objects.key("default", "b")))
    #expect(try isCompleted(name))
  }

  @Test func `Hosts are found too`() throws {
    let zone = Self.zone()
    zone.setHosts("192.0.2.1 corp.example")
    let (text, remainder, _) = try Self.ask(zone, "corp.example.default.svc.cluster.local")
    #expect(
      text == "NOERROR corp.example.default.svc CNAME corp.example. corp.example. A 192.0.2.1")
    #expect(remainder == .none)
  }

  @Test func `Names that are no search are denied as ever`() throws {
    let zone = Self.zone()
    for name in [
      "default.svc.cluster.local", "nix.default.svc.cluster.local", "x.svc.cluster.local",
      "default.pod.cluster.local", "x.cluster.local",
    ] {
      let (text, remainder, _) = try Self.ask(zone, name)
      #expect(text.hasPrefix("N"))
      #expect(remainder == .none || remainder == .search)
    }
    #expect(try Self.ask(zone, "db.other.default.svc.cluster.local", .cname).text == "NXDOMAIN")
  }

  @Test func `Whatever the length, nothing is written where it does not fit`() throws {
    let zone = Self.zone()
    for length in 1...60 {
      let label = String(repeating: "a", count: length)
      let name = "\(label).\(label).\(label).db.other.default.svc.cluster.local"
      guard let question = DomainName(name) else { continue }
      let query = Message(id: 1, questions: [Question(name: question, type: .a)])
      let response = try Message(zone.respond(to: try query.encoded()))
      #expect(response.questions.first?.name == question)
    }
  }
}
