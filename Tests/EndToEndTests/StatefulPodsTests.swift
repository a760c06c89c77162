import Foundation
import Testing

extension EndToEnd {
  /// What a StatefulSet promises of names, order, data and addresses, with Pods that run, through
  /// crashes of the agent and of the machine.
  @Suite(
    .enabled(
      if: Kubectl.isInstalled && PrivateMachine.isAllowed && Tool.find("busybox") != nil,
      "needs kubectl, busybox and root"),
    .serialized)
  struct StatefulPodsTests {
    private static let service = "web.default.svc.cluster.local"

    /// Each start adds a line to the member's own volume. Ready a moment after it starts, so that
    /// order shows.
    private static let manifest = """
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
      ---
      apiVersion: apps/v1
      kind: StatefulSet
      metadata: {name: web}
      spec:
        serviceName: web
        replicas: 3
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            terminationGracePeriodSeconds: 1
            containers:
              - name: main
                image: busybox
                command: [busybox, sh, -c, "hostname >> /data/starts; exec sleep 86400"]
                readinessProbe:
                  exec: {command: [busybox, test, -s, /data/starts]}
                  periodSeconds: 1
                volumeMounts: [{name: data, mountPath: /data}]
        volumeClaimTemplates:
          - metadata: {name: data}
            spec:
              accessModes: [ReadWriteOnce]
              resources: {requests: {storage: 1Mi}}
      """

    /// One Pod at one moment.
    private struct Member {
      var uid = ""
      var address = ""
      var isReady = false
      var isEnding = false
      var revision = ""
      var restarts = ""
    }

    /// All Pods at one moment, by name, from one answer of the API.
    private func look(_ plane: Plane) async throws -> [String: Member] {
      let path =
        "{range .items[*]}{.metadata.name}|{.metadata.uid}|{.status.podIP}|"
        + "{.status.conditions[?(@.type=='Ready')].status}|{.metadata.deletionTimestamp}|"
        + "{.metadata.labels.controller-revision-hash}|"
        + #"{.status.containerStatuses[0].restartCount}{"\n"}{end}"#
      let list = try await plane.kubectl(
        .newest, "get", "pods", "-l", "app=web", "-o", "jsonpath=\(path)")
      try #require(list.status == 0, "\(list.errors)")
      var members: [String: Member] = [:]
      for line in list.lines {
        let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7 else { continue }
        members[parts[0]] = Member(
          uid: parts[1], address: parts[2], isReady: parts[3] == "True",
          isEnding: !parts[4].isEmpty,
          revision: parts[5], restarts: parts[6])
      }
      let addresses = members.values.map(\.address).filter { !$0.isEmpty }
      #expect(Set(addresses).count == addresses.count, "an address is used twice: \(members)")
      return members
    }

    /// Looks until a condition holds, and at every look checks what must always hold.
    private func follow(
      _ plane: Plane, until what: String, always: ([String: Member]) -> Bool = { _ in true },
      _ condition: ([String: Member]) -> Bool
    ) async throws -> [String: Member] {
      var members: [String: Member] = [:]
      try await eventually(what, within: .seconds(60)) {
        members = try await look(plane)
        #expect(always(members), "\(what): \(members)")
        return condition(members)
      }
      return members
    }

    private func areReady(_ members: [String: Member], _ count: Int) -> Bool {
      members.count == count
        && (0..<count).allSatisfy {
          members["web-\($0)"].map { $0.isReady && !$0.isEnding } ?? false
        }
    }

    /// Every member stands on ones that are ready.
    private func areInOrder(_ members: [String: Member]) -> Bool {
      (1..<5).allSatisfy {
        members["web-\($0)"] == nil || members["web-\($0 - 1)"]?.isReady == true
      }
    }

    /// The lines of a member's volume: how often it has been started, and as whom.
    private func starts(_ member: String, _ plane: Plane) async throws -> [String] {
      let volume = try await plane.kubectl(
        .newest, "get", "pvc", "data-\(member)", "-o", "jsonpath={.spec.volumeName}"
      ).output
      let path = "\(plane.dataDirectory)/volumes/\(volume)/starts"
      return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(
        String.init)
    }

    private func start() async throws -> Plane {
      let plane = try await Plane(on: try await PrivateMachine())
      let made = try await plane.kubectl(.newest, "apply", "-f", "-", input: Self.manifest)
      try #require(made.status == 0, "\(made.errors)")
      _ = try await follow(plane, until: "three members are ready", always: areInOrder) {
        areReady($0, 3)
      }
      return plane
    }

    @Test func membersComeAndGoInOrderAndKeepTheirData() async throws {
      let plane = try await start()
      _ = try await plane.kubectl(.newest, "scale", "statefulset", "web", "--replicas=5")
      var members = try await follow(plane, until: "five are ready", always: areInOrder) {
        areReady($0, 5)
      }
      try await eventually("five names resolve") { try await plane.dig(Self.service).count == 5 }
      for (name, member) in members {
        #expect(try await plane.dig("\(name).\(Self.service)") == [member.address])
      }

      _ = try await plane.kubectl(.newest, "scale", "statefulset", "web", "--replicas=2")
      members = try await follow(
        plane, until: "two are left",
        always: { members in
          // The last goes first, and one at a time.
          (2..<4).allSatisfy {
            members["web-\($0)"]?.isEnding != true || members["web-\($0 + 1)"] == nil
          }
        }, { $0.count == 2 })
      #expect(areReady(members, 2))
      try await eventually("two names resolve") { try await plane.dig(Self.service).count == 2 }

      // A Pod that is deleted returns under its name, with its data and another identity.
      let before = try #require(members["web-1"])
      _ = try await plane.kubectl(.newest, "delete", "pod", "web-1", "--timeout=30s")
      members = try await follow(plane, until: "web-1 returns") {
        areReady($0, 2) && $0["web-1"]?.uid != before.uid
      }
      #expect(try await starts("web-1", plane) == ["web-1", "web-1"])
      try await eventually("its name has its new address") {
        try await plane.dig("web-1.\(Self.service)") == [members["web-1"]?.address]
      }
      // And who was scaled away finds its data when it is wanted again.
      _ = try await plane.kubectl(.newest, "scale", "statefulset", "web", "--replicas=3")
      _ = try await follow(plane, until: "web-2 is back") { areReady($0, 3) }
      #expect(try await starts("web-2", plane) == ["web-2", "web-2"])
      #expect(plane.stop() == 0)
    }

    @Test func anUpdateRollsFromTheLastMemberDownToThePartition() async throws {
      let plane = try await start()
      let old = try #require(try await look(plane)["web-0"]?.revision)
      func update(_ partition: Int) async throws {
        let patch = """
          {"spec": {"updateStrategy": {"rollingUpdate": {"partition": \(partition)}},
            "template": {"metadata": {"annotations": {"version": "2"}}}}}
          """
        let patched = try await plane.kubectl(.newest, "patch", "statefulset", "web", "-p", patch)
        try #require(patched.status == 0, "\(patched.errors)")
      }
      /// Whether every member that is new stands above ones that are ready or old.
      func rollsDown(_ members: [String: Member]) -> Bool {
        (0..<2).allSatisfy { ordinal in
          members["web-\(ordinal)"]?.revision == old
            || members["web-\(ordinal + 1)"].map { $0.revision != old && $0.isReady } ?? false
        }
      }
      try await update(1)
      _ = try await follow(plane, until: "two are updated", always: rollsDown) {
        areReady($0, 3) && $0["web-1"]?.revision != old && $0["web-2"]?.revision != old
      }
      #expect(try await look(plane)["web-0"]?.revision == old, "below the partition")
      try await update(0)
      _ = try await follow(plane, until: "all are updated", always: rollsDown) {
        areReady($0, 3) && $0["web-0"]?.revision != old
      }
      for ordinal in 0..<3 {
        let name = "web-\(ordinal)"
        #expect(try await starts(name, plane) == [name, name])
      }
      #expect(plane.stop() == 0)
    }

    @Test func aKilledAgentLeavesPodsRunningAndTheNextTakesThemOver() async throws {
      let plane = try await start()
      let before = try await look(plane)
      var processes: [String: Int32?] = [:]
      for name in before.keys {
        processes[name] = try await plane.process(of: name, running: "sleep")
      }
      plane.crash()
      try await plane.restart()
      _ = try await follow(plane, until: "all are ready") { areReady($0, 3) }
      for (name, member) in try await look(plane) {
        #expect(member.uid == before[name]?.uid)
        #expect(member.address == before[name]?.address)
        #expect(member.restarts == "0")
        #expect(try await plane.process(of: name, running: "sleep") == processes[name])
        #expect(try await starts(name, plane) == [name])
      }
      try await eventually("all resolve") { try await plane.dig(Self.service).count == 3 }
      // It hears of what they do.
      let victim = try #require(try await plane.process(of: "web-1", running: "sleep"))
      kill(victim, SIGKILL)
      _ = try await follow(plane, until: "web-1 is restarted") {
        areReady($0, 3) && $0["web-1"]?.restarts == "1"
      }
      #expect(plane.stop() == 0)
    }

    @Test func afterTheMachineStartsAnewItsPodsDo() async throws {
      let machine = try await PrivateMachine()
      let plane = try await Plane(on: machine)
      _ = try await plane.kubectl(.newest, "apply", "-f", "-", input: Self.manifest)
      let before = try await follow(plane, until: "three are ready") { areReady($0, 3) }
      var sandboxes: [Int32] = []
      for name in before.keys {
        if let pid = try await plane.process(of: name, running: "sleep") {
          let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
          let parent = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }
          sandboxes += [parent.flatMap { Int32($0.split(separator: "\t")[1]) }].compactMap { $0 }
        }
      }
      #expect(sandboxes.count == 3)
      // What a machine loses with its power: processes, links, tables.
      plane.crash()
      for sandbox in sandboxes { kill(sandbox, SIGKILL) }
      _ = try await machine.run("ip", ["link", "delete", "rollcall0"])
      _ = try await machine.run("nft", ["flush", "ruleset"])
      try await eventually("the Pods' links are gone") {
        try await machine.run("ip", ["-o", "link"]).lines.count == 1
      }
      try await plane.restart()
      let after = try await follow(plane, until: "all are restarted") {
        areReady($0, 3) && $0.values.allSatisfy { $0.restarts == "1" }
      }
      for (name, member) in after {
        #expect(member.uid == before[name]?.uid, "it is the same Pod")
        #expect(try await starts(name, plane) == [name, name])
      }
      try await eventually("all resolve to where they are") {
        Set(try await plane.dig(Self.service)) == Set(after.values.map(\.address))
      }
      #expect(plane.stop() == 0)
    }
  }
}
