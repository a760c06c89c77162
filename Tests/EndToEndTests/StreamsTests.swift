import Foundation
import Testing

extension EndToEnd {
  /// Logs, commands, attachments, forwarded ports and copies, with the kubectls the issue names:
  /// SPDY for old ones, WebSocket for new ones.
  @Suite(
    .enabled(
      if: Kubectl.isInstalled && Tool.find("busybox") != nil && UserNamespaces.areAllowed,
      "needs kubectl, busybox and user namespaces"),
    .serialized)
  struct StreamsTests {
    /// A kubectl with the environment that decides what it speaks.
    struct Speaker: CustomStringConvertible, Sendable {
      var kubectl: Kubectl
      var environment: [String: String] = [:]
      var description: String {
        kubectl.description + (environment.isEmpty ? "" : " \(environment.keys.sorted())")
      }

      /// As installed, and 1.30 and later with the other protocol than their own choice.
      static let all: [Speaker] = Kubectl.installed.flatMap { kubectl -> [Speaker] in
        let standard = Speaker(kubectl: kubectl)
        let switches = ["KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "KUBECTL_PORT_FORWARD_WEBSOCKETS"]
        switch kubectl.version {
        case "1.30":
          return [standard, Speaker(kubectl: kubectl, environment: [switches[0]: "true"])]
        case "1.33":
          let off = Dictionary(uniqueKeysWithValues: switches.map { ($0, "false") })
          return [standard, Speaker(kubectl: kubectl, environment: off)]
        default: return [standard]
        }
      }
    }

    // MARK: Logs

    @Test func logsAreReadInEveryWay() async throws {
      let plane = try await StreamPlane()
      try await plane.run(
        "talker",
        """
        {"initContainers": [{"name": "first", "image": "busybox",
          "command": ["busybox", "sh", "-c", "echo begun"]}],
        "containers": [
          {"name": "main", "image": "busybox", "command": ["busybox", "sh", "-c",
            "for i in 1 2 3 4 5; do echo line $i; done; echo odd >&2; exec busybox sleep 9000"]},
          {"name": "other", "image": "busybox", "command": ["busybox", "sleep", "9000"]}]}
        """)
      let whole = "line 1\nline 2\nline 3\nline 4\nline 5\nodd\n"
      for kubectl in Kubectl.installed {
        try await eventually("the log is whole (\(kubectl))") {
          try await plane.kubectl(kubectl, "logs", "talker", "-c", "main").output == whole
        }
        let tail = try await plane.kubectl(kubectl, "logs", "talker", "-c", "main", "--tail=2")
        #expect(tail.output == "line 5\nodd\n")
        let none = try await plane.kubectl(kubectl, "logs", "talker", "-c", "main", "--tail=0")
        #expect(none.output.isEmpty && none.status == 0)
        let limited = try await plane.kubectl(
          kubectl, "logs", "talker", "-c", "main", "--limit-bytes=10")
        #expect(limited.output == "line 1\nlin")
        let timed = try await plane.kubectl(
          kubectl, "logs", "talker", "-c", "main", "--timestamps")
        let times = timed.lines.compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(timed.lines.first?.hasSuffix("Z line 1") ?? false)
        try #require(times.count == 6)
        let since = try await plane.kubectl(
          kubectl, "logs", "talker", "-c", "main", "--timestamps", "--since-time=\(times[5])")
        #expect(since.lines.last == timed.lines.last && since.lines.count <= 6)
        // kubectl sends whole seconds.
        #expect(since.lines.allSatisfy { $0.prefix(19) >= times[5].prefix(19) })
        let recent = try await plane.kubectl(
          kubectl, "logs", "talker", "-c", "main", "--since=1h")
        #expect(recent.output == whole)
        let initial = try await plane.kubectl(kubectl, "logs", "talker", "-c", "first")
        #expect(initial.output == "begun\n")
        let wrong = try await plane.kubectl(kubectl, "logs", "talker", "-c", "nobody")
        #expect(
          wrong.errors.contains("container nobody is not valid for pod talker"), "\(wrong.errors)")
        let previous = try await plane.kubectl(kubectl, "logs", "talker", "-c", "main", "-p")
        #expect(
          previous.errors.contains(
            #"previous terminated container "main" in pod "talker" not found"#),
          "\(previous.errors)")
        #expect(previous.status == 1)
      }
      let raw = try await plane.kubectl(
        .newest, "get", "--raw", "/api/v1/namespaces/default/pods/talker/log")
      #expect(
        raw.errors.contains(
          "a container name must be specified for pod talker, choose one of: [main other] or one "
            + "of the init containers: [first]"), "\(raw.errors)")
      #expect(plane.stop() == 0)
    }

    @Test func aLogIsFollowedToItsEndAndThePreviousOneKept() async throws {
      let plane = try await StreamPlane()
      // The kubelet's words for a container that cannot start.
      try await plane.create(
        "never", #"{"containers": [{"name": "main", "image": "busybox"}]}"#)
      try await eventually("it waits") {
        try await plane.kubectl(.newest, "logs", "never").errors.contains(
          #"container "main" in pod "never" is waiting to start: ErrImageNeverPull"#)
      }
      try await plane.run(
        "counter",
        """
        {"terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "busybox",
          "command": ["busybox", "sh", "-c", "test -e /data/ran || { touch /data/ran; \
        echo first life; exit 7; }; for i in 1 2 3; do echo tick $i; busybox sleep 0.3; done; \
        echo done; exit 0"], "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
         "restartPolicy": "OnFailure", "volumes": [{"name": "data", "emptyDir": {}}]}
        """, until: "jsonpath={.status.containerStatuses[0].restartCount}", is: "1")
      let followed = try await plane.kubectl(.newest, "logs", "-f", "counter")
      #expect(followed.output == "tick 1\ntick 2\ntick 3\ndone\n")
      #expect(followed.status == 0, "\(followed.errors)")
      let previous = try await plane.kubectl(.newest, "logs", "--previous", "counter")
      #expect(previous.output == "first life\n", "\(previous.errors)")
      #expect(plane.stop() == 0)
    }

    /// A hundred thousand lines as fast as they can be written: none is lost or out of order for
    /// who follows, and what is kept on disk has its bound.
    @Test func aFloodOfLinesIsFollowedAndBounded() async throws {
      let plane = try await StreamPlane()
      let count = 100_000
      try await plane.run(
        "flood",
        """
        {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox",
          "command": ["busybox", "sh", "-c", "busybox sleep 1; exec busybox awk \
        'BEGIN { while (i < \(count)) { i++; \
        print i, \\"0123456789012345678901234567890123456789012345678901234567890123456789\\", \
        \\"0123456789012345678901234567890123456789012345678901234567890123456789\\", \
        \\"0123456789012345678901234567890123456789012345678901234567890123456789\\", \
        \\"0123456789012345678901234567890123456789012345678901234567890123456789\\", \
        \\"0123456789012345678901234567890123456789012345678901234567890123456789\\", \
        \\"0123456789012345678901234567890123456789012345678901234567890123456789\\" } }'"]}]}
        """)
      let followed = try await plane.kubectl(.newest, "logs", "-f", "flood")
      let numbers = followed.lines.map { Int($0.prefix { $0 != " " }) ?? 0 }
      #expect(numbers == Array(1...count), "\(numbers.count) lines, last \(numbers.last ?? 0)")
      let directory = plane.dataDirectory + "/node/pods"
      let files = try FileManager.default.subpathsOfDirectory(atPath: directory).filter {
        $0.contains("/logs/main/0.log")
      }
      #expect((2...5).contains(files.count), "\(files)")
      for file in files {
        let size = try FileManager.default.attributesOfItem(atPath: directory + "/" + file)[.size]
        #expect((size as? Int ?? 0) <= 10 << 20)
      }
      let tail = try await plane.kubectl(.newest, "logs", "flood", "--tail=30000")
      #expect(tail.lines.count == 30_000)
      #expect(tail.lines.first?.hasPrefix("\(count - 29_999) ") ?? false)
      #expect(plane.stop() == 0)
    }

    /// More lines than the disk holds: the oldest go, and the container comes to its end.
    @Test func aFullDiskCostsOldLinesNotTheContainer() async throws {
      let plane = try await StreamPlane(disk: "24m")
      try await plane.run(
        "flood",
        """
        {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox",
          "command": ["busybox", "awk", "BEGIN { while (i < 400000) { i++; \
        print i, \\"0123456789012345678901234567890123456789\\" } }"]}]}
        """, until: "jsonpath={.status.phase}", is: "Succeeded")
      let last = try await plane.kubectl(.newest, "logs", "flood", "--tail=2")
      #expect(
        last.lines.map { $0.prefix { $0 != " " } } == ["399999", "400000"], "\(last)")
      let whole = try await plane.kubectl(.newest, "logs", "flood")
      let numbers = whole.lines.compactMap { Int($0.prefix { $0 != " " }) }
      #expect(numbers.count > 100_000)
      #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
      #expect(plane.stop() == 0)
    }

    // MARK: Commands

    @Test func commandsHaveStreamsExitCodesAndTheirContainersPlace() async throws {
      let plane = try await StreamPlane()
      try await plane.run(
        "box",
        """
        {"containers": [
          {"name": "main", "image": "busybox", "command": ["busybox", "sleep", "9000"],
           "workingDir": "/tmp", "env": [{"name": "COLOUR", "value": "green"}]},
          {"name": "other", "image": "busybox", "command": ["busybox", "sleep", "9000"],
           "securityContext": {"runAsUser": 0}, "env": [{"name": "COLOUR", "value": "red"}]}]}
        """)
      for speaker in Speaker.all {
        let place = try await plane.kubectl(
          speaker, "exec", "box", "-c", "main", "--", "busybox", "sh", "-c",
          "echo $COLOUR $(pwd) $(hostname) $(id -u); busybox cat /proc/1/cmdline | tr '\\0' ' '")
        #expect(place.output == "green /tmp box 0\nbusybox sleep 9000 ", "\(speaker) \(place)")
        let other = try await plane.kubectl(
          speaker, "exec", "box", "-c", "other", "--", "busybox", "sh", "-c", "echo $COLOUR")
        #expect(other.output == "red\n", "\(speaker) \(other)")
        let both = try await plane.kubectl(
          speaker, "exec", "box", "-c", "main", "--", "busybox", "sh", "-c",
          "echo out; echo err >&2; exit 3")
        #expect(both.output == "out\n", "\(speaker)")
        #expect(both.errors.hasPrefix("err\n"), "\(speaker) \(both.errors)")
        #expect(both.errors.contains("command terminated with exit code 3"), "\(speaker)")
        #expect(both.status == 3, "\(speaker)")
        let killed = try await plane.kubectl(
          speaker, "exec", "box", "-c", "main", "--", "busybox", "sh", "-c", "kill -9 $$")
        #expect(killed.status == 137, "\(speaker) \(killed.errors)")
        let missing = try await plane.kubectl(
          speaker, "exec", "box", "-c", "main", "--", "no-such-program")
        #expect(missing.status != 0)
        #expect(
          missing.errors.contains(
            #"exec: "no-such-program": executable file not found in $PATH"#),
          "\(speaker) \(missing.errors)")
        let nobody = try await plane.kubectl(
          speaker, "exec", "box", "-c", "nobody", "--", "busybox", "true")
        #expect(
          nobody.errors.contains("container nobody is not valid for pod box")
            || nobody.errors.contains("container not found"), "\(speaker) \(nobody.errors)")
      }
      #expect(plane.stop() == 0)
    }

    @Test func inputGoesThroughWholeAndEnds() async throws {
      let plane = try await StreamPlane()
      try await plane.run("box", StreamPlane.sleeper)
      // Not a multiple of anything, larger than every buffer on the way.
      let text = (0..<300_000).map { "\($0 % 977)" }.joined(separator: "\n")
      for speaker in Speaker.all {
        let echo = try await plane.kubectl(
          speaker, input: text, "exec", "-i", "box", "--", "busybox", "cat")
        #expect(echo.output == text, "\(speaker): \(echo.output.count) of \(text.count) bytes")
        let count = try await plane.kubectl(
          speaker, input: text, "exec", "-i", "box", "--", "busybox", "wc", "-c")
        #expect(count.output == "\(text.utf8.count)\n", "\(speaker) \(count)")
        // A program that reads only a part does not hold anything up.
        let head = try await plane.kubectl(
          speaker, input: text, "exec", "-i", "box", "--", "busybox", "head", "-c", "5")
        #expect(head.output == "0\n1\n2", "\(speaker) \(head.errors)")
      }
      #expect(plane.stop() == 0)
    }

    /// A terminal of the container's own, its size and its changes of size, and a key that
    /// interrupts.
    @Test(.enabled(if: Tool.find("python3") != nil, "needs python3"))
    func aTerminalHasItsSizeAndKeys() async throws {
      let plane = try await StreamPlane()
      try await plane.run("box", StreamPlane.sleeper)
      for speaker in Speaker.all {
        let result = try await plane.terminal(
          speaker, ["exec", "-it", "box", "--", "busybox", "sh"],
          [
            "expect:# ", "send:tty\n", "expect:/dev/pts/", "expect:# ", "send:stty size\n",
            "expect:24 80", "resize:40x132", "expect:# ",
            "poll:stty size\n|40 132", "send:echo go$((1+1)); busybox sleep 100\n",
            "expect:go2\r\n", "poll:\u{3}|# ",
            "send:exit 5\n", "end",
          ])
        #expect(result.status == 5, "\(speaker): \(result.output)\(result.errors)")
      }
      #expect(plane.stop() == 0)
    }

    @Test func aCommandGoesWithItsClient() async throws {
      let plane = try await StreamPlane()
      try await plane.run("box", StreamPlane.sleeper)
      for speaker in Speaker.all {
        let running = try plane.start(
          speaker, ["exec", "box", "--", "busybox", "sleep", "4711"])
        let runs = {
          let list = try await plane.kubectl(
            speaker, "exec", "box", "--", "busybox", "sh", "-c",
            "busybox cat /proc/[0-9]*/cmdline | busybox tr '\\0' ' '")
          return list.output.contains("busybox sleep 4711")
        }
        try await eventually("it runs (\(speaker))") { try await runs() }
        kill(running.processIdentifier, SIGKILL)
        try await eventually("it is gone (\(speaker))") { try await !runs() }
      }
      #expect(plane.stop() == 0)
    }

    // MARK: Attachments

    @Test func attachedClientsSeeOutputAndGiveInput() async throws {
      let plane = try await StreamPlane()
      for (index, speaker) in Speaker.all.enumerated() {
        try await plane.run(
          "echo-\(index)",
          """
          {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": [{
            "name": "main", "image": "busybox", "stdin": true, "stdinOnce": true,
            "command": ["busybox", "sh", "-c", "while read line; do echo got $line; done; echo end"]}]}
          """)
        let attached = try await plane.kubectl(
          speaker, input: "one\ntwo\n", "attach", "-i", "echo-\(index)")
        #expect(attached.output.contains("got one\ngot two\n"), "\(speaker) \(attached)")
        let log = try await plane.kubectl(speaker, "logs", "-f", "echo-\(index)")
        #expect(log.output.hasSuffix("got two\nend\n"), "\(speaker) \(log)")
      }
      #expect(plane.stop() == 0)
    }

    // MARK: Ports

    @Test(.enabled(if: Tool.find("curl") != nil, "needs curl"))
    func portsAreForwarded() async throws {
      let plane = try await StreamPlane()
      try await plane.run(
        "web",
        """
        {"terminationGracePeriodSeconds": 1, "containers": [{"name": "main", "image": "busybox",
          "readinessProbe": {"httpGet": {"port": 8080, "path": "/sum"}, "periodSeconds": 1},
          "command": ["busybox", "sh", "-c", "mkdir /srv/www; cd /srv/www; echo hello > index.html; \
        busybox dd if=/dev/urandom of=large bs=1M count=20 2>/dev/null; \
        busybox sha256sum large > sum; exec busybox httpd -f -p 8080 -h /srv/www"]}]}
        """)
      for speaker in Speaker.all {
        let forward = try plane.start(speaker, ["port-forward", "web", ":8080", ":8081"])
        defer { kill(forward.processIdentifier, SIGKILL) }
        var ports: [String] = []
        try await eventually("it listens (\(speaker))") {
          let lines = forward.output.split(separator: "\n").filter { $0.contains("127.0.0.1:") }
          ports = lines.compactMap { line in
            line.split(separator: ":").last?.split(separator: " ").first.map(String.init)
          }
          return ports.count == 2
        }
        try #require(ports.count == 2)
        let url = "http://127.0.0.1:\(ports[0])"
        try await eventually("it answers (\(speaker))") {
          try await Tool.run("curl", ["-s", "-m", "10", url + "/index.html"]).output == "hello\n"
        }
        // Several at once, each whole.
        let sum = try await Tool.run("curl", ["-s", url + "/sum"]).output.prefix(64)
        try await withThrowingTaskGroup(of: String.self) { group in
          for _ in 0..<4 {
            group.addTask {
              try await Tool.run(
                "sh", ["-c", "curl -s -m 60 \(url)/large | sha256sum"]
              ).output
            }
          }
          for try await each in group { #expect(each.prefix(64) == sum, "\(speaker)") }
        }
        // Nobody listens there: the connection ends, and kubectl says why.
        let refused = try await Tool.run(
          "curl", ["-s", "-m", "10", "http://127.0.0.1:\(ports[1])/"])
        #expect(refused.status != 0)
        try await eventually("the reason is shown (\(speaker))") {
          forward.errors.contains("error forwarding port 8081 to pod")
            && forward.errors.contains("connection refused")
        }
      }
      #expect(plane.stop() == 0)
    }

    // MARK: Copies

    @Test(.enabled(if: Tool.find("tar") != nil, "needs tar"))
    func filesAreCopiedInBothDirections() async throws {
      let plane = try await StreamPlane()
      try await plane.run("box", StreamPlane.sleeper)
      let scratch = try Scratch()
      let source = scratch.path + "/source"
      try FileManager.default.createDirectory(
        atPath: source + "/deep/er", withIntermediateDirectories: true)
      let large = Data((0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
      try large.write(to: URL(fileURLWithPath: source + "/deep/large"))
      try Data("small\n".utf8).write(to: URL(fileURLWithPath: source + "/deep/er/small"))
      for (index, speaker) in Speaker.all.enumerated() {
        let there = try await plane.kubectl(speaker, "cp", source, "box:/tmp/copy-\(index)")
        #expect(there.status == 0, "\(speaker) \(there.errors)")
        let back = scratch.path + "/back-\(index)"
        let here = try await plane.kubectl(speaker, "cp", "box:/tmp/copy-\(index)", back)
        #expect(here.status == 0, "\(speaker) \(here.errors)")
        #expect(FileManager.default.contents(atPath: back + "/deep/large") == large, "\(speaker)")
        #expect(
          FileManager.default.contents(atPath: back + "/deep/er/small") == Data("small\n".utf8))
      }
      #expect(plane.stop() == 0)
    }

    // MARK: Who may

    @Test func onlyWhoMayCreateStreamsGetsOne() async throws {
      let plane = try await StreamPlane()
      try await plane.run("box", StreamPlane.sleeper)
      for step in [
        ["create", "serviceaccount", "reader"],
        [
          "create", "rolebinding", "reader", "--clusterrole=view",
          "--serviceaccount=default:reader",
        ],
      ] { _ = try await plane.kubectl(.newest, step) }
      let token = try await plane.kubectl(.newest, "create", "token", "reader").lines.first ?? ""
      for speaker in Speaker.all {
        let log = try await plane.kubectl(speaker, as: token, "logs", "box")
        #expect(log.status == 0, "\(log.errors)")
        for command in [["exec", "box", "--", "busybox", "true"], ["port-forward", "box", ":80"]] {
          let refused = try await plane.kubectl(speaker, as: token, command)
          #expect(
            refused.errors.contains(
              "cannot create resource \"pods/\(command[0] == "exec" ? "exec" : "portforward")\""),
            "\(speaker) \(refused.errors)")
        }
      }
      #expect(plane.stop() == 0)
    }
  }
}
