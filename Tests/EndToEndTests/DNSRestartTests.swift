import Foundation
import Testing

extension EndToEnd {
  /// `rollcall dns` replaced by another, again and again, while it is asked.
  @Suite(.enabled(if: Tool.find("dnsperf") != nil, "needs dnsperf"), .serialized)
  struct DNSRestartTests {
    /// More than a test run has time for with `ROLLCALL_RESTARTS`; queries a second with
    /// `ROLLCALL_RESTART_RATE`.
    static let restarts = number("ROLLCALL_RESTARTS") ?? 5
    static let rate = number("ROLLCALL_RESTART_RATE") ?? 500

    private static func number(_ variable: String) -> Int? {
      ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    /// One `rollcall dns`.
    final class Server {
      private let process = Process()
      private let output: OutputFile
      private let errors: OutputFile

      init(_ plane: Plane, _ scratch: Scratch, _ name: String, listen: String) throws {
        output = OutputFile(path: "\(scratch.path)/\(name).output")
        errors = OutputFile(path: "\(scratch.path)/\(name).errors")
        process.executableURL = URL(fileURLWithPath: Plane.binary)
        process.arguments = [
          "dns", "--kubeconfig", plane.kubeConfig, "--listen", listen, "--upstream", "none",
          "--handover", "\(scratch.path)/handover.sock",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try output.open()
        process.standardError = try errors.open()
        try Tool.start(process)
      }

      deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

      /// The port it serves, once it does.
      func port() async throws -> String {
        try await eventually("rollcall dns is ready", within: .seconds(60)) {
          output.text.contains("ready dns=") || !process.isRunning
        }
        let line = output.text.split(separator: "\n").first { $0.hasPrefix("ready dns=") }
        let port = line?.split(separator: ":").last.map(String.init)
        return try #require(port, "\(errors.text)")
      }

      /// Its exit status, once it has ended by itself.
      func end() async throws -> Int32 {
        try await eventually("rollcall dns ends", within: .seconds(60)) { !process.isRunning }
        return process.terminationStatus
      }

      func stop() async throws -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        return try await end()
      }
    }

    /// Clients over TCP, each query on a connection of its own.
    private func connect(_ port: String, _ report: OutputFile) throws -> Process {
      let clients = Process()
      clients.executableURL = URL(fileURLWithPath: try #require(Tool.find("python3")))
      clients.arguments = [
        "\(Plane.root)/Tests/EndToEndTests/Scripts/tcp_clients.py", port,
        "kubernetes.default.svc.cluster.local",
      ]
      clients.standardOutput = try report.open()
      clients.standardError = FileHandle.nullDevice
      try Tool.start(clients)
      return clients
    }

    @Test func noQueryIsLost() async throws {
      let plane = try await Plane(["--upstream", "none"])
      let scratch = try Scratch()
      var server = try Server(plane, scratch, "0", listen: "127.0.0.1:0")
      let port = try await server.port()
      let connections = OutputFile(path: "\(scratch.path)/connections")
      let clients = try connect(port, connections)
      let questions = "\(scratch.path)/questions"
      try "kubernetes.default.svc.cluster.local A\nnix.default.svc.cluster.local AAAA\n".write(
        toFile: questions, atomically: true, encoding: .utf8)
      let load = Process()
      let report = OutputFile(path: "\(scratch.path)/report")
      load.executableURL = URL(fileURLWithPath: try #require(Tool.find("dnsperf")))
      load.arguments = [
        "-s", "127.0.0.1", "-p", port, "-d", questions, "-Q", "\(Self.rate)", "-c", "8", "-t", "10",
        "-l", "100000",
      ]
      load.standardOutput = try report.open()
      load.standardError = FileHandle.nullDevice
      try Tool.start(load)
      for number in 1...Self.restarts {
        let next = try Server(plane, scratch, "\(number)", listen: "127.0.0.1:\(port)")
        let nextPort = try await next.port()
        #expect(nextPort == port)
        let status = try await server.end()
        #expect(status == 0)
        server = next
      }
      for process in [load, clients] {
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
      }
      let status = try await server.stop()
      #expect(status == 0)
      let lines = report.text.split(separator: "\n").map { $0.drop { $0 == " " } }
      func figure(_ name: String) throws -> String {
        let line = try #require(lines.first { $0.hasPrefix(name) }, "\(report.text)")
        return String(line.dropFirst(name.count).drop { $0 == " " }.prefix { $0 != " " })
      }
      #expect(try figure("Queries lost:") == "0", "\(report.text)")
      #expect(try #require(Int(try figure("Queries completed:"))) > Self.restarts * 10)
      let counts = connections.text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
      try #require(counts.count == 2, "\(connections.text)")
      #expect(counts[0] > Self.restarts)
      #expect(counts[1] == 0, "lost over TCP, of \(counts[0])")
    }
  }
}
