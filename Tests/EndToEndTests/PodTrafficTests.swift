import Foundation
import Testing

extension EndToEnd {
  /// What Pods reach, and by what they are reached, as root on a network of the test's own that is
  /// wired to another machine.
  @Suite(
    .enabled(
      if: Kubectl.isInstalled && PrivateMachine.isAllowed && Tool.find("python3") != nil,
      "needs kubectl, python3 and root"),
    .serialized)
  struct PodTrafficTests {
    private static let node = (v4: "192.0.2.1", v6: "2001:db8::1")
    private static let outside = (v4: "192.0.2.2", v6: "2001:db8::2")

    /// Answers on port 7 over TCP and UDP with its word and the address it was asked from.
    private static let echo = """
      import socket, sys, threading
      word = sys.argv[1]
      def reply(peer): return (word + " " + peer[0].replace("::ffff:", "") + "\\n").encode()
      def tcp():
        server = socket.create_server(("::", 7), family=socket.AF_INET6, dualstack_ipv6=True)
        while True:
          client, peer = server.accept()
          client.sendall(reply(peer)); client.close()
      threading.Thread(target=tcp, daemon=True).start()
      server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
      server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
      server.bind(("::", 7))
      while True:
        peer = server.recvfrom(64)[1]
        server.sendto(reply(peer), peer)
      """

    /// Asks an echo: address, port, transport.
    private static let ask = """
      import socket, sys
      address, port, transport = sys.argv[1], int(sys.argv[2]), sys.argv[3]
      family = socket.AF_INET6 if ":" in address else socket.AF_INET
      kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
      client = socket.socket(family, kind)
      client.settimeout(2)
      client.connect((address, port))
      client.send(b"?")
      print(client.recv(64).decode().strip())
      """

    private func echoPod(
      _ name: String, ports: String = "[]", more: String = ""
    ) throws -> String {
      let script = String(decoding: try JSONEncoder().encode(Self.echo), as: UTF8.self)
      return """
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\(name)"}, "spec": {\(more)
          "terminationGracePeriodSeconds": 1,
          "containers": [{"name": "main", "image": "python3",
            "command": ["python3", "-c", \(script), "\(name)"], "ports": \(ports),
            "readinessProbe": {"tcpSocket": {"port": 7}, "periodSeconds": 1}}]}}
        """
    }

    private func create(_ manifest: String, _ plane: Plane) async throws {
      let made = try await plane.kubectl(.newest, "create", "-f", "-", input: manifest)
      try #require(made.status == 0, "\(made.errors)")
    }

    /// What an echo says to a program on a machine; empty if nothing answers.
    private func ask(
      _ machine: PrivateMachine, _ address: String, _ port: Int, _ transport: String
    ) async throws -> String {
      let result = try await machine.run(
        "python3", ["-c", Self.ask, address, "\(port)", transport])
      return result.lines.first ?? ""
    }

    private func start() async throws -> (
      plane: Plane, machine: PrivateMachine, outside: PrivateMachine
    ) {
      let (machine, outside) = (try await PrivateMachine(), try await PrivateMachine())
      try await machine.connect(
        to: outside, here: [Self.node.v4 + "/24", Self.node.v6 + "/64"],
        there: [Self.outside.v4 + "/24", Self.outside.v6 + "/64"])
      let plane = try await Plane(
        ["--pod-cidr", "10.244.0.0/24,fd00:10:244::/64"], on: machine)
      return (plane, machine, outside)
    }

    @Test func portsOfTheNodeLeadToThePodThatTookThem() async throws {
      let (plane, machine, outside) = try await start()
      let ports = """
        [{"containerPort": 7, "hostPort": 8007},
         {"containerPort": 7, "hostPort": 8007, "protocol": "UDP"},
         {"containerPort": 7, "hostPort": 8008, "hostIP": "127.0.0.1"}]
        """
      try await create(try echoPod("echo", ports: ports), plane)
      try await plane.awaitReady(["echo"])
      #expect(try await plane.pod("echo", "{.status.hostIP}") == Self.node.v4)
      for transport in ["tcp", "udp"] {
        // From another machine, whose address the Pod sees.
        #expect(
          try await ask(outside, Self.node.v4, 8007, transport) == "echo \(Self.outside.v4)")
        #expect(
          try await ask(outside, Self.node.v6, 8007, transport) == "echo \(Self.outside.v6)")
        // From the Node itself, by an address of its own and by loopback.
        #expect(try await ask(machine, Self.node.v4, 8007, transport).hasPrefix("echo "))
        #expect(try await ask(machine, "127.0.0.1", 8007, transport) == "echo 10.244.0.1")
      }
      #expect(try await ask(machine, "127.0.0.1", 8008, "tcp") == "echo 10.244.0.1")
      #expect(try await ask(outside, Self.node.v4, 8008, "tcp").isEmpty, "bound to loopback")

      // From the Pod itself, and not to what listens on the Node's loopback.
      let process = try #require(try await plane.process(of: "echo", running: "python3"))
      let itself = try await plane.inside(
        process, ["python3", "-c", Self.ask, Self.node.v4, "8007", "tcp"])
      #expect(itself.output == "echo 10.244.0.1\n", "\(itself.errors)")

      // Another Pod cannot have the port: one bound to the Node is refused, one that is not waits.
      let node = try await plane.pod("echo", "{.spec.nodeName}")
      let wanted = #"[{"containerPort": 7, "hostPort": 8007, "protocol": "UDP"}]"#
      try await create(
        try echoPod("bound", ports: wanted, more: #""nodeName": "\#(node)","#), plane)
      try await create(try echoPod("unbound", ports: wanted), plane)
      try await eventually("the bound Pod is refused", within: .seconds(20)) {
        try await plane.pod("bound", "{.status.phase} {.status.reason}") == "Failed NodePorts"
      }
      try await eventually("the other cannot be scheduled", within: .seconds(20)) {
        try await plane.pod("unbound", "{.status.conditions[0].message}")
          .contains("node(s) didn't have free ports for the requested pod ports")
      }
      _ = try await plane.kubectl(.newest, "delete", "pod", "echo", "--timeout=30s")
      try await plane.awaitReady(["unbound"])
      #expect(try await ask(outside, Self.node.v4, 8007, "udp").hasPrefix("unbound "))
      #expect(try await ask(outside, Self.node.v4, 8007, "tcp").isEmpty)
      #expect(plane.stop() == 0)
    }

    @Test func otherNetworksSeeTheNodesAddress() async throws {
      let (plane, _, outside) = try await start()
      let server = Process()
      (server.executableURL, server.arguments) = outside.command(
        try #require(Tool.find("python3")), ["-c", Self.echo, "outside"])
      try Tool.start(server)
      defer {
        kill(server.processIdentifier, SIGKILL)
        server.waitUntilExit()
      }
      try await create(try echoPod("one"), plane)
      try await create(try echoPod("two"), plane)
      try await plane.awaitReady(["one", "two"])
      let process = try #require(try await plane.process(of: "one", running: "python3"))
      func fromPod(_ address: String, _ transport: String) async throws -> String {
        try await plane.inside(process, ["python3", "-c", Self.ask, address, "7", transport]).output
      }
      let (own, other) = (try await plane.address(of: "one"), try await plane.address(of: "two"))
      try await eventually("the machine outside answers") {
        try await fromPod(Self.outside.v4, "tcp") == "outside \(Self.node.v4)\n"
      }
      #expect(try await fromPod(Self.outside.v4, "udp") == "outside \(Self.node.v4)\n")
      #expect(try await fromPod(Self.outside.v6, "tcp") == "outside \(Self.node.v6)\n")
      #expect(try await fromPod(Self.outside.v6, "udp") == "outside \(Self.node.v6)\n")
      #expect(try await fromPod(other, "tcp") == "two \(own)\n", "Pods see each other as they are")

      // Cluster DNS, at the address of its Service.
      let lookup = try await plane.inside(
        process, ["busybox", "nslookup", "kubernetes.default.svc.cluster.local"])
      #expect(lookup.output.contains("Server:\t\t10.96.0.10\n"), "\(lookup.output)")
      #expect(lookup.output.contains("Address: 10.96.0.1\n"), "\(lookup.output)")
      #expect(plane.stop() == 0)
    }

    @Test func nothingIsLeftBehind() async throws {
      let machine = try await PrivateMachine()
      let ports = #"[{"containerPort": 7, "hostPort": 8007}]"#
      // Ctrl-C of a run that keeps nothing.
      let plane = try await Plane(["--ephemeral"], on: machine)
      try await create(try echoPod("gone", ports: ports), plane)
      try await plane.awaitReady(["gone"])
      let directory = URL(fileURLWithPath: plane.kubeConfig).deletingLastPathComponent().path
      #expect(plane.stop() == 0)
      try await expectNothing(on: machine, directory)

      // A crash, which the next start cleans up, whatever its directory.
      let crashed = try await Plane(["--ephemeral"], on: machine)
      try await create(try echoPod("left", ports: ports), crashed)
      try await crashed.awaitReady(["left"])
      let lost = URL(fileURLWithPath: crashed.kubeConfig).deletingLastPathComponent().path
      crashed.crash()
      #expect(!processes(of: lost).isEmpty, "the Pod goes on")
      let next = try await Plane(on: machine)
      #expect(processes(of: lost).isEmpty)
      #expect(!FileManager.default.fileExists(atPath: lost))
      try await create(try echoPod("stays", ports: ports), next)
      try await next.awaitReady(["stays"])
      let refused = try await machine.run(
        Plane.binary,
        ["up", "--ephemeral", "--listen", "127.0.0.1:0", "--dns-listen", "127.0.0.1:0"])
      #expect(refused.status != 0)
      #expect(refused.errors.contains("another rollcall runs the Pods of this machine's network"))

      // `down` ends what goes on after `up`.
      #expect(next.stop() == 0)
      #expect(!processes(of: next.dataDirectory).isEmpty)
      let down = try await machine.run(Plane.binary, ["down", "--data-dir", next.dataDirectory])
      #expect(down.status == 0)
      #expect(down.output.hasPrefix("down pods=1 "), "\(down.output)\(down.errors)")
      try await expectNothing(on: machine, next.dataDirectory + "/node")
    }

    private func expectNothing(on machine: PrivateMachine, _ directory: String) async throws {
      let links = try await machine.run("ip", ["-o", "link"]).lines
      #expect(links.count == 1, "\(links)")
      #expect(try await machine.run("nft", ["list", "tables"]).output.isEmpty)
      #expect(processes(of: directory).isEmpty)
      let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
      #expect(!mounts.contains(directory))
    }

    /// Sandboxes of a data directory that run.
    private func processes(of directory: String) -> [String] {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return names.filter { name in
        guard Int(name) != nil,
          let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
        else { return false }
        let text = String(decoding: line, as: UTF8.self)
        return text.contains("pod-sandbox") && text.contains(directory + "/")
      }
    }
  }
}
