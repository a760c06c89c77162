import Foundation
import Testing

extension EndToEnd {
  /// The examples as a user starts them, with the programs of Debian's packages.
  @Suite(
    .enabled(
      if: Kubectl.isInstalled && UserNamespaces.areAllowed && Programs.areInstalled,
      "needs kubectl, user namespaces and the packages of scripts/install-packages test"),
    .serialized)
  struct ExamplesTests {
    /// Where the examples are tried.
    enum Place: CaseIterable, CustomTestStringConvertible {
      case root, unprivileged

      var testDescription: String { self == .root ? "as root" : "as an unprivileged user" }

      static var all: [Place] {
        allCases.filter { $0 == .unprivileged || PrivateMachine.isAllowed }
      }

      func plane(_ manifests: String...) async throws -> Plane {
        let options = manifests.flatMap { ["-f", "\(Plane.root)/\($0)"] }
        switch self {
        case .root: return try await Plane(options, on: try await PrivateMachine())
        case .unprivileged:
          return try await Plane(options, as: geteuid() == 0 ? .nobody : .own)
        }
      }
    }

    @Test(arguments: Place.all)
    func theSeedIsReproduced(place: Place) async throws {
      let plane = try await place.plane("Examples")
      try await plane.awaitReady(["busybox", "openldap-0", "openldap-1"])
      let addresses = [
        try await plane.address(of: "openldap-0"), try await plane.address(of: "openldap-1"),
      ]
      let get = try await plane.kubectl(.newest, "get", "svc", "openldap")
      #expect(
        get.lines.map(Columns.of).map { $0.dropLast() } == [
          ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)"],
          ["openldap", "ClusterIP", "None", "<none>", "389/TCP"],
        ])
      let described = Columns.fields(
        of: try await plane.kubectl(.newest, "describe", "svc", "openldap").output)
      #expect(described["IP"] == "None")
      let endpoints = addresses.map { "\($0):389" }.sorted().joined(separator: ",")
      #expect(
        described["Endpoints"]?.split(separator: ",").sorted().joined(separator: ",") == endpoints)

      let session = try await plane.terminal(
        .newest, ["exec", "-it", "busybox", "--", "sh"],
        [
          "expect:# ", "send:cat /etc/resolv.conf\n", "expect:ndots", "expect:# ",
          "send:nslookup openldap; echo over\n", "expect:over\r\n", "expect:over\r\n",
          "send:exit 0\n", "end",
        ])
      let lines = session.output.split(whereSeparator: \.isNewline)
      #expect(session.status == 0, "\(session)")
      #expect(lines.contains("search default.svc.cluster.local svc.cluster.local cluster.local"))
      #expect(lines.contains("nameserver 10.96.0.10"))
      #expect(lines.contains("options ndots:5"))
      for address in addresses { #expect(lines.contains("Address: \(address)"), "\(session)") }

      // The rest of the examples comes up beside it.
      try await plane.awaitReady(
        (0..<3).flatMap { ["zk-\($0)", "redis-ha-server-\($0)"] }, within: .seconds(120))
      let node = try await plane.kubectl(.newest, "get", "nodes", "-o", "wide")
      let name = Columns.of(node.lines[1])[0]
      #expect(Columns.of(node.lines[1])[5] == (try await plane.pod("busybox", "{.status.hostIP}")))
      let pods = try await plane.kubectl(.newest, "get", "pods", "-o", "wide").lines.dropFirst()
      #expect(pods.count == 9)
      #expect(Set(pods.map { Columns.of($0)[6] }) == [name])
      #expect(Set(pods.map { Columns.of($0)[5] }).count == 9, "no address is used twice")
      #expect(plane.stop() == 0)
    }

    @Test func ldapMembersReplicateByTheirHeadlessNames() async throws {
      let plane = try await Plane(["--rootless", "-f", "\(Plane.root)/Examples/openldap"])
      try await plane.awaitReady(["openldap-0", "openldap-1"])
      let addresses = [
        try await plane.address(of: "openldap-0"), try await plane.address(of: "openldap-1"),
      ]
      // Written to each, and read from the other.
      for (writer, reader) in [(0, 1), (1, 0)] {
        let entry = "uid=u\(writer),dc=example,dc=org"
        let added = try await plane.onNode(
          "ldapadd",
          [
            "-xH", "ldap://\(addresses[writer])", "-D", "cn=admin,dc=example,dc=org", "-w", "admin",
          ], input: "dn: \(entry)\nobjectClass: inetOrgPerson\ncn: U\nsn: U\n")
        #expect(added.status == 0, "\(added.errors)")
        try await eventually("member \(reader) has what member \(writer) was given") {
          try await has(entry, addresses[reader], plane)
        }
      }

      let name = "openldap.default.svc.cluster.local"
      #expect(Set(try await plane.dig(name)) == Set(addresses))
      let slapd = try #require(try await plane.process(of: "openldap-1", running: "slapd"))
      kill(slapd, SIGKILL)
      try await eventually("the killed member leaves DNS") {
        try await plane.dig(name) == [addresses[0]]
      }
      try await eventually("it comes back") { try await plane.dig(name).count == 2 }
      #expect(try await plane.isReady("openldap-1"))
      #expect(
        try await plane.pod("openldap-1", "{.status.containerStatuses[0].restartCount}") == "1")
      let reached = try await has("uid=u0,dc=example,dc=org", addresses[1], plane)
      #expect(reached, "who is in DNS answers, with what it had")
      #expect(plane.stop() == 0)
    }

    private func has(_ entry: String, _ address: String, _ plane: Plane) async throws -> Bool {
      try await plane.onNode(
        "ldapsearch", ["-xLLLH", "ldap://\(address)", "-s", "base", "-b", entry, "dn"]
      ).status == 0
    }

    @Test func zooKeeperKeepsItsQuorumWhenTheLeadersPodIsDeleted() async throws {
      let plane = try await Plane(["--rootless", "-f", "\(Plane.root)/Examples/zookeeper"])
      let members = (0..<3).map { "zk-\($0)" }
      try await plane.awaitReady(members, within: .seconds(120))
      let service = "zookeeper-headless.default.svc.cluster.local"
      for (port, number) in [("client", 2181), ("election", 3888), ("follower", 2888)] {
        let answers = try await plane.dig("_\(port)._tcp.\(service)", "SRV").map(Columns.of)
        #expect(Set(answers.map { $0[3] }) == Set(members.map { "\($0).\(service)." }))
        #expect(Set(answers.map { $0[2] }) == ["\(number)"])
      }
      var modes = try await self.modes(members, plane)
      #expect(modes.values.sorted() == ["follower", "follower", "leader"])
      let leader = try #require(modes.first { $0.value == "leader" }?.key)
      #expect(
        try await zooKeeper(plane, leader, "create", "/kept", "value").contains("Created /kept"))

      let uid = try await plane.pod(leader, "{.metadata.uid}")
      let deleted = try await plane.kubectl(.newest, "delete", "pod", leader, "--timeout=60s")
      #expect(deleted.status == 0, "\(deleted.errors)")
      let others = members.filter { $0 != leader }
      // Who leads is open: the deleted one may be back before they vote. Who has no quorum says no
      // mode.
      try await eventually("the others have a quorum", within: .seconds(90)) {
        try await self.modes(others, plane).count == 2
      }
      try await eventually("the same name returns", within: .seconds(90)) {
        let new = try await plane.pod(leader, "{.metadata.uid}")
        return !new.isEmpty && new != uid
      }
      try await plane.awaitReady([leader])
      try await eventually("it belongs to the quorum", within: .seconds(90)) {
        modes = try await self.modes(members, plane)
        return modes.values.sorted() == ["follower", "follower", "leader"]
      }
      #expect(try await plane.dig("\(leader).\(service)") == [try await plane.address(of: leader)])
      #expect(try await zooKeeper(plane, leader, "get", "/kept").contains("\nvalue\n"))
      #expect(plane.stop() == 0)
    }

    /// What each member that answers says it is.
    private func modes(_ members: [String], _ plane: Plane) async throws -> [String: String] {
      var modes: [String: String] = [:]
      for member in members {
        let address = try await plane.address(of: member)
        guard !address.isEmpty else { continue }
        let answer = try await plane.onNode(
          "busybox", ["nc", "-w", "2", address, "2181"], input: "srvr\n")
        let line = answer.lines.first { $0.hasPrefix("Mode: ") }
        modes[member] = line.map { String($0.dropFirst("Mode: ".count)) }
      }
      return modes
    }

    private func zooKeeper(
      _ plane: Plane, _ member: String, _ command: String...
    ) async throws -> String {
      let address = try await plane.address(of: member)
      let result = try await plane.onNode(
        "/usr/share/zookeeper/bin/zkCli.sh", ["-server", "\(address):2181"] + command)
      return result.output + result.errors
    }

    @Test func sentinelsPromoteAReplicaWhenTheMasterHangs() async throws {
      let plane = try await Plane(["--rootless", "-f", "\(Plane.root)/Examples/redis-ha"])
      let members = (0..<3).map { "redis-ha-server-\($0)" }
      try await plane.awaitReady(members, within: .seconds(90))
      let domain = "default.svc.cluster.local"

      // A member that starts is announced before it is ready.
      let before = try await plane.address(of: members[2])
      _ = try await plane.kubectl(.newest, "delete", "pod", members[2], "--timeout=60s")
      var announced: [String] = []
      try await eventually("the new Pod is announced", within: .seconds(20)) {
        announced = try await plane.dig("redis-ha-announce-2.\(domain)")
        return announced.count == 1 && announced != [before]
      }
      // Its readiness probe begins two seconds after it.
      #expect(try await !plane.dig("redis-ha.\(domain)").contains(announced[0]), "not yet ready")
      try await plane.awaitReady([members[2]])

      #expect(try await info(members[0], plane)["role"] == "master")
      try await eventually("both replicas are connected", within: .seconds(20)) {
        try await info(members[0], plane)["connected_slaves"] == "2"
      }
      let set = try await redis(plane, members[0], "set", "kept", "value")
      #expect(set == "OK\n")
      let server = try #require(try await plane.process(of: members[0], running: "redis-server"))
      kill(server, SIGSTOP)
      defer { kill(server, SIGCONT) }
      var master = ""
      try await eventually("the Sentinels agree on another master", within: .seconds(40)) {
        let address = try await plane.address(of: members[1])
        let answer = try await plane.onNode(
          "redis-cli",
          ["-h", address, "-p", "26379", "sentinel", "get-master-addr-by-name", "mymaster"])
        master = answer.lines.first ?? ""
        return ["redis-ha-announce-1", "redis-ha-announce-2"].contains(master)
      }
      let promoted = master.hasSuffix("1") ? members[1] : members[2]
      try await eventually("the replica has become master", within: .seconds(20)) {
        try await info(promoted, plane)["role"] == "master"
      }
      #expect(try await redis(plane, promoted, "get", "kept") == "value\n")
      try await eventually("the hanging member is not ready", within: .seconds(20)) {
        try await !plane.isReady(members[0])
      }
      let address = try await plane.address(of: members[0])
      #expect(try await plane.dig("redis-ha-announce-0.\(domain)") == [address])
      #expect(try await !plane.dig("redis-ha.\(domain)").contains(address))

      kill(server, SIGCONT)
      try await eventually("the old master follows the new one", within: .seconds(40)) {
        let info = try await info(members[0], plane)
        return info["role"] == "slave" && info["master_host"] == master
      }
      try await plane.awaitReady([members[0]])
      #expect(plane.stop() == 0)
    }

    private func redis(
      _ plane: Plane, _ member: String, _ command: String...
    ) async throws -> String {
      let address = try await plane.address(of: member)
      return try await plane.onNode("redis-cli", ["-h", address] + command).output
    }

    /// `info replication` of a member.
    private func info(_ member: String, _ plane: Plane) async throws -> [String: String] {
      let address = try await plane.address(of: member)
      let text = try await plane.onNode("redis-cli", ["-h", address, "info", "replication"]).output
      var info: [String: String] = [:]
      for line in text.split(whereSeparator: \.isNewline) {
        let pair = line.split(separator: ":", maxSplits: 1).map(String.init)
        if pair.count == 2 { info[pair[0]] = pair[1] }
      }
      return info
    }

    @Test func aMissingProgramIsNamed() async throws {
      let plane = try await Plane(["--rootless"])
      let manifest = """
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lacks"}, "spec": {
          "containers": [{"name": "main", "image": "none", "command": ["no-such-program", "-x"]}]}}
        """
      let made = try await plane.kubectl(.newest, "create", "-f", "-", input: manifest)
      try #require(made.status == 0, "\(made.errors)")
      let state = "{.status.containerStatuses[0]."
      try await eventually("the container waits", within: .seconds(30)) {
        try await plane.pod("lacks", state + "state.waiting.reason}") == "CrashLoopBackOff"
      }
      let reason = #"exec: "no-such-program": executable file not found in $PATH"#
      #expect(try await plane.pod("lacks", state + "lastState.terminated.reason}") == "StartError")
      #expect(
        try await plane.pod("lacks", state + "lastState.terminated.message}").contains(reason))
      let events = try await plane.kubectl(.newest, "events", "--for", "pod/lacks").output
      #expect(events.contains(reason))
      #expect(events.contains("Back-off restarting failed container main in pod lacks_default"))
      #expect(plane.stop() == 0)
    }
  }
}

/// The programs the examples run.
enum Programs {
  static let areInstalled = [
    "busybox", "slapd", "ldapsearch", "redis-server", "redis-sentinel", "redis-cli",
    "/usr/share/zookeeper/bin/zkServer.sh",
  ].allSatisfy { Tool.find($0) != nil || find($0, in: ["/usr/sbin", "/sbin"]) }

  private static func find(_ name: String, in directories: [String]) -> Bool {
    directories.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }
}

/// Reads what kubectl prints.
enum Columns {
  /// The words of a line.
  static func of(_ line: String) -> [String] {
    line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
  }

  /// `Field:   value` lines; the first of a name counts.
  static func fields(of text: String) -> [String: String] {
    var fields: [String: String] = [:]
    for line in text.split(separator: "\n") where line.first != " " {
      guard let colon = line.firstIndex(of: ":") else { continue }
      let name = String(line[..<colon])
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      if fields[name] == nil { fields[name] = String(value) }
    }
    return fields
  }
}
