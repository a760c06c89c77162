import Foundation
import Testing

extension EndToEnd {
  /// The resolvers people have: programs and C libraries, against a cluster with a name that has
  /// more addresses than a datagram holds.
  @Suite(.enabled(if: Kubectl.isInstalled, "needs kubectl"), .serialized)
  struct ResolverTests {
    static let endpoints = 1000
    static let web = "web.default.svc.cluster.local"
    static let big = "big.default.svc.cluster.local"

    /// A Service with an address, and a headless one with a thousand endpoints.
    static var objects: String {
      var items = [
        """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{
        "clusterIP":"10.96.0.55","ports":[{"name":"http","port":80}]}}
        """,
        """
        {"apiVersion":"v1","kind":"Service","metadata":{"name":"big"},"spec":{"clusterIP":"None",
        "ports":[{"name":"peer","port":7000}]}}
        """,
      ]
      for slice in 0..<(endpoints / 100) {
        let list = (0..<100).map {
          "{\"addresses\":[\"10.77.\(slice).\($0)\"],\"conditions\":{\"ready\":true}}"
        }
        items.append(
          """
          {"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice","metadata":{
          "name":"big-\(slice)","labels":{"kubernetes.io/service-name":"big"}},
          "addressType":"IPv4","ports":[{"name":"peer","port":7000}],
          "endpoints":[\(list.joined(separator: ","))]}
          """)
      }
      return "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\(items.joined(separator: ","))]}"
    }

    static func plane(_ arguments: [String] = []) async throws -> Plane {
      let plane = try await Plane(["--upstream", "none"] + arguments)
      let result = try await plane.kubectl(.newest, "apply", "-f", "-", input: objects)
      try #require(result.status == 0, "\(result.errors)")
      try await eventually("all endpoints are answered", within: .seconds(30)) {
        try await plane.dig(Self.big, "A", "+tcp").count == endpoints
      }
      return plane
    }

    @Test func programsResolveThroughIt() async throws {
      let plane = try await Self.plane()
      let port = plane.dnsPort
      let questions: [(program: String, arguments: [String])] = [
        ("dig", ["@127.0.0.1", "-p", port, "+short"]),
        ("kdig", ["@127.0.0.1", "-p", port, "+short"]),
        ("drill", ["@127.0.0.1", "-p", port, "-Q"]),
      ]
      for (program, arguments) in questions {
        guard Tool.find(program) != nil else {
          // Named in scripts/install-packages.
          print("\(program) is not installed")
          continue
        }
        let web = try await Tool.run(program, arguments + [Self.web, "A"])
        #expect(web.lines == ["10.96.0.55"], "\(program): \(web.output)\(web.errors)")
        let located = try await Tool.run(program, arguments + ["_http._tcp.\(Self.web)", "SRV"])
        #expect(located.output.contains(" 80 \(Self.web)."), "\(program): \(located.output)")
        // Cut over UDP; dig and kdig go on over TCP by themselves, drill when it is told to.
        let fallback = program == "drill" ? ["-a"] : []
        let big = try await Tool.run(program, arguments + fallback + [Self.big, "A"])
        #expect(Set(big.lines).count == Self.endpoints, "\(program): \(big.lines.count)")
      }
      if Tool.find("busybox") != nil {
        let result = try await Tool.run("busybox", ["nslookup", Self.web, "127.0.0.1:\(port)"])
        #expect(result.output.contains("10.96.0.55"), "\(result.output)")
      }
    }

    private static let python = "\(Plane.root)/.build/python/bin/python"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python), "needs .build/python"))
    func stubResolversReachEveryEndpoint() async throws {
      let plane = try await Self.plane()
      let result = try await Tool.run(
        Self.python,
        [
          "\(Plane.root)/Tests/EndToEndTests/Scripts/stub_resolver.py", plane.dnsPort, Self.big,
          "\(Self.endpoints)",
        ])
      if result.errors.contains("No module named") {
        print("dnspython is not installed")
        return
      }
      try #require(result.lines.count == 3, "\(result.output)\(result.errors)")
      #expect(result.lines[0] == "fallback \(Self.endpoints) True")
      #expect(result.lines[1] == "systemd True True True \(Self.endpoints)")
      #expect(result.lines[2].hasPrefix("udp \(Self.endpoints) "), "\(result.lines[2])")
    }

    /// Whether resolv.conf can be another's for a program, and port 53 be taken.
    private static var isRoot: Bool { geteuid() == 0 && Tool.find("unshare") != nil }

    /// `rollcall dns` where C libraries look for it: on port 53 of an address of its own.
    private func serve(
      _ plane: Plane, _ scratch: Scratch, _ address: String
    ) async throws -> Process {
      let process = Process()
      let output = OutputFile(path: "\(scratch.path)/dns.output")
      process.executableURL = URL(fileURLWithPath: Plane.binary)
      process.arguments = [
        "dns", "--kubeconfig", plane.kubeConfig, "--listen", "\(address):53", "--upstream", "none",
      ]
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try output.open()
      process.standardError = FileHandle.nullDevice
      try Tool.start(process)
      try await eventually("rollcall dns is ready", within: .seconds(30)) {
        output.text.contains("ready dns=") || !process.isRunning
      }
      try #require(process.isRunning, "port 53 of \(address) is not to be had")
      return process
    }

    @Test(.enabled(if: isRoot, "needs root"), arguments: ["gcc", "musl-gcc"])
    func librariesResolveThroughIt(compiler: String) async throws {
      guard Tool.find(compiler) != nil else {
        print("\(compiler) is not installed")
        return
      }
      let plane = try await Self.plane()
      let scratch = try Scratch()
      let address = "127.53.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"
      let server = try await serve(plane, scratch, address)
      defer {
        kill(server.processIdentifier, SIGTERM)
        server.waitUntilExit()
      }
      let program = "\(scratch.path)/resolve"
      let compiled = try await Tool.run(
        compiler,
        [
          "-O", "-o", program, "-x", "c",
          "\(Plane.root)/Tests/EndToEndTests/Scripts/resolve.c.txt",
        ])
      try #require(compiled.status == 0, "\(compiled.errors)")
      let configuration = "\(scratch.path)/resolv.conf"
      try """
      nameserver \(address)
      search default.svc.cluster.local svc.cluster.local cluster.local
      options ndots:5

      """.write(toFile: configuration, atomically: true, encoding: .utf8)
      func resolve(_ names: String...) async throws -> ToolResult {
        try await Tool.run(
          "unshare",
          [
            "-m", "sh", "-c",
            "mount --bind \(configuration) /etc/resolv.conf && exec \"$0\" \"$@\"",
            program,
          ] + names)
      }
      for name in [Self.web, "\(Self.web).", "web", "web.default", "web.default.svc"] {
        let result = try await resolve(name)
        #expect(result.lines == ["10.96.0.55"], "\(name): \(result.output)\(result.errors)")
      }
      let big = Set(try await resolve(Self.big).lines)
      #expect(big.allSatisfy { $0.hasPrefix("10.77.") })
      // glibc asks again over TCP; the musl of Debian 12 takes what a datagram holds.
      #expect(compiler == "gcc" ? big.count == Self.endpoints : !big.isEmpty, "\(big.count)")
      #expect(try await resolve("nix.default").status == 1)
    }
  }
}
