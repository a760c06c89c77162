import Foundation
import Testing

extension EndToEnd {
  /// What the seed article shows of Services and names; `ExamplesTests` shows it with real Pods.
  @Suite(
    .enabled(if: Kubectl.isInstalled && Tool.find("dig") != nil, "needs kubectl and dig"),
    .serialized)
  struct SeedTests {
    /// The seed's Services with Pods whose addresses and readiness the test gives itself.
    private static let fixtures = "Tests/EndToEndTests/Fixtures/"

    @Test func openLDAPIsListedDescribedAndResolved() async throws {
      let plane = try await Plane()
      try await plane.apply(path: Self.fixtures + "node.yaml")
      try await plane.apply(path: Self.fixtures + "openldap.yaml")
      try await plane.mark("openldap-0", address: "10.233.0.214")
      try await plane.mark("openldap-1", address: "10.233.9.73")
      let both: Set<String> = ["10.233.0.214", "10.233.9.73"]
      let name = "openldap.default.svc.cluster.local"
      try await eventually("both Pods resolve") { Set(try await plane.dig(name)) == both }

      let get = try await plane.kubectl(.newest, "get", "svc", "openldap")
      #expect(
        Columns.of(get.lines[0]) == ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"])
      #expect(
        Columns.of(get.lines[1]).dropLast() == [
          "openldap", "ClusterIP", "None", "<none>", "389/TCP",
        ])

      let described = Columns.fields(
        of: try await plane.kubectl(.newest, "describe", "svc", "openldap").output)
      for (field, value) in [
        "Name": "openldap", "Namespace": "default", "Type": "ClusterIP",
        "Selector": "app.kubernetes.io/instance=cb-openldap,app.kubernetes.io/name=openldap-ha",
        "IP Family Policy": "SingleStack", "IP Families": "IPv4", "IP": "None",
        "Port": "ldap  389/TCP", "TargetPort": "389/TCP",
        "Endpoints": "10.233.0.214:389,10.233.9.73:389", "Session Affinity": "None",
      ] {
        #expect(described[field] == value)
      }

      var firsts: Set<String> = []
      for _ in 0..<20 { firsts.insert(try await plane.dig(name)[0]) }
      #expect(firsts == both, "answers rotate")
      if Tool.find("busybox") != nil {
        let lookup = try await busyboxLookup(plane, name)
        #expect(lookup.contains("10.233.0.214") && lookup.contains("10.233.9.73"))
      }
      #expect(try await plane.dig("openldap-0.\(name)") == ["10.233.0.214"])
      #expect(
        try await plane.dig("-x", "10.233.9.73").contains("openldap-1.\(name)."))
      #expect(plane.stop() == 0)
    }

    @Test func anUnreadyPodLeavesDNSUnlessTheServiceToleratesIt() async throws {
      let plane = try await Plane()
      try await plane.apply(path: Self.fixtures + "node.yaml")
      try await plane.apply(path: Self.fixtures + "openldap.yaml")
      try await plane.mark("openldap-0", address: "10.233.0.214")
      try await plane.mark("openldap-1", address: "10.233.9.73")
      let name = "openldap.default.svc.cluster.local"
      try await eventually("both Pods resolve") { try await plane.dig(name).count == 2 }

      try await plane.mark("openldap-1", address: "10.233.9.73", ready: false)
      let gone = try await eventually("the unready Pod leaves") {
        try await plane.dig(name) == ["10.233.0.214"]
      }
      #expect(gone < .milliseconds(100), "counted from kubectl's end, a dig included")

      let annotation = "service.alpha.kubernetes.io/tolerate-unready-endpoints"
      _ = try await plane.kubectl(.newest, "annotate", "svc", "openldap", "\(annotation)=true")
      try await eventually("the annotation brings it back") { try await plane.dig(name).count == 2 }
      _ = try await plane.kubectl(.newest, "annotate", "svc", "openldap", "\(annotation)-")
      try await eventually("and lets it go") { try await plane.dig(name).count == 1 }
      _ = try await plane.kubectl(
        .newest, "patch", "svc", "openldap", "-p", #"{"spec":{"publishNotReadyAddresses":true}}"#)
      try await eventually("the field brings it back") { try await plane.dig(name).count == 2 }
    }

    @Test func zooKeeperMembersFindEachOtherByHostnamePortAndAddress() async throws {
      let plane = try await Plane()
      try await plane.apply(path: Self.fixtures + "node.yaml")
      try await plane.apply(path: Self.fixtures + "zookeeper.yaml")
      let addresses = ["10.233.66.179", "10.233.66.181", "10.233.69.223"]
      for (index, address) in addresses.enumerated() {
        try await plane.mark("kafka-zookeeper-\(index)", address: address)
      }
      let name = "kafka-zookeeper-headless.default.svc.cluster.local"
      try await eventually("all members resolve") {
        Set(try await plane.dig(name)) == Set(addresses)
      }
      for (index, address) in addresses.enumerated() {
        #expect(try await plane.dig("kafka-zookeeper-\(index).\(name)") == [address])
        #expect(
          try await plane.dig("-x", address) == ["kafka-zookeeper-\(index).\(name)."])
      }
      for (port, number) in [("client", 2181), ("election", 3888), ("follower", 2888)] {
        let answers = try await plane.dig("_\(port)._tcp.\(name)", "SRV")
        let targets = Set(answers.compactMap { $0.split(separator: " ").last.map(String.init) })
        #expect(targets == Set((0..<3).map { "kafka-zookeeper-\($0).\(name)." }))
        #expect(answers.allSatisfy { $0.split(separator: " ")[2] == "\(number)" })
      }
      let get = try await plane.kubectl(.newest, "get", "svc", "kafka-zookeeper-headless")
      #expect(get.lines[1].contains("2181/TCP,3888/TCP,2888/TCP"))
    }

    @Test func redisAnnouncesMembersBeforeTheyAreReady() async throws {
      let plane = try await Plane()
      try await plane.apply(path: Self.fixtures + "node.yaml")
      try await plane.apply(path: Self.fixtures + "redis-ha.yaml")
      try await plane.mark("redis-ha-server-0", address: "10.233.0.213", ready: false)
      try await eventually("the unready member is an endpoint") {
        let described = try await plane.kubectl(.newest, "describe", "svc", "redis-ha-announce-0")
        return Columns.fields(of: described.output)["Endpoints"]?.hasPrefix("10.233.0.213:6379")
          ?? false
      }
      let clusterIP = try await plane.kubectl(
        .newest, "get", "svc", "redis-ha-announce-0", "-o", "jsonpath={.spec.clusterIP}"
      ).output
      #expect(try await plane.dig("redis-ha-announce-0.default.svc.cluster.local") == [clusterIP])
      #expect(try await plane.dig("redis-ha.default.svc.cluster.local").isEmpty)
    }

    /// busybox's nslookup takes `SERVER:PORT` in newer versions only; where it does not, it is told
    /// through a resolver on port 53, which a test does not have.
    private func busyboxLookup(_ plane: Plane, _ name: String) async throws -> String {
      let result = try await Tool.run(
        "busybox", ["nslookup", name, "127.0.0.1:\(plane.dnsPort)"])
      return result.output
    }
  }
}
