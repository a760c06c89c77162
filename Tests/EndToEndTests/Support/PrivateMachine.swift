import Foundation

/// A network of a test's own, on which a plane runs Pods as root without touching the machine's. It
/// goes with this object, or with the test's process.
final class PrivateMachine {
  /// Whether this process may make one.
  static let isAllowed =
    geteuid() == 0 && Tool.find("unshare") != nil && Tool.find("nsenter") != nil

  private let holder: Process
  /// While it is open the holder waits, and with it the network stays.
  private let line: Pipe

  /// A process in the network.
  var processIdentifier: Int32 { holder.processIdentifier }

  init() async throws {
    guard let unshare = Tool.find("unshare") else {
      throw ToolError(description: "unshare is not installed")
    }
    holder = Process()
    line = Pipe()
    holder.executableURL = URL(fileURLWithPath: unshare)
    holder.arguments = ["--net", "--", "sh", "-c", "echo; exec cat"]
    holder.standardInput = line
    let answer = Pipe()
    holder.standardOutput = answer
    try Tool.start(holder)
    // The line it writes comes from within.
    _ = try answer.fileHandleForReading.read(upToCount: 1)
    _ = try await run("ip", ["link", "set", "lo", "up"])
  }

  deinit {
    kill(holder.processIdentifier, SIGKILL)
    holder.waitUntilExit()
  }

  /// The command line that runs a program there.
  func command(_ program: String, _ arguments: [String]) -> (URL, [String]) {
    (
      URL(fileURLWithPath: Tool.find("nsenter") ?? "/usr/bin/nsenter"),
      ["--net", "--target", "\(processIdentifier)", "--", program] + arguments
    )
  }

  @discardableResult
  func run(
    _ name: String, _ arguments: [String], input: String? = nil,
    environment: [String: String] = [:]
  ) async throws -> ToolResult {
    guard let path = Tool.find(name) else {
      throw ToolError(description: "\(name) is not installed")
    }
    let (program, words) = command(path, arguments)
    return try await Tool.run(program.path, words, input: input, environment: environment)
  }

  /// Joins this machine to another by a wire, with one address of each family at both ends, and
  /// sends everything for other networks there.
  ///
  /// - Parameters:
  ///   - here: addresses at this end, with the lengths of their prefixes.
  ///   - there: addresses at the other end.
  func connect(to other: PrivateMachine, here: [String], there: [String]) async throws {
    func ends(_ name: String, _ addresses: [String]) -> String {
      addresses.map { "ip address add \($0) dev \(name)" + ($0.contains(":") ? " nodad\n" : "\n") }
        .joined() + "ip link set \(name) up\n"
    }
    let wire = "ip link add uplink type veth peer name eth0 netns \(other.processIdentifier)\n"
    let routes = there.map { address in
      "ip -\(address.contains(":") ? 6 : 4) route add default via "
        + "\(address.split(separator: "/")[0])\n"
    }
    let steps = [
      (self, "set -e\n" + wire + ends("uplink", here)), (other, "set -e\n" + ends("eth0", there)),
      (self, "set -e\n" + routes.joined()),
    ]
    for (machine, script) in steps {
      let made = try await machine.run("sh", ["-c", script])
      guard made.status == 0 else { throw ToolError(description: made.errors) }
    }
  }
}

/// Who runs a plane.
enum PlaneUser: Sendable {
  /// Whoever runs the tests.
  case own
  /// A user without any rights; for tests that root runs.
  case nobody

  private static let number = 65534

  func command(
    _ program: String, _ arguments: [String], home: String
  ) -> (program: String, arguments: [String]) {
    guard self == .nobody, let setpriv = Tool.find("setpriv") else { return (program, arguments) }
    return (
      setpriv,
      [
        "--reuid=\(Self.number)", "--regid=\(Self.number)", "--clear-groups", "--", "env",
        "HOME=\(home)", "TMPDIR=\(home)", program,
      ] + arguments
    )
  }

  /// Makes a directory the user's.
  func own(_ path: String) throws {
    guard chown(path, uid_t(Self.number), gid_t(Self.number)) == 0 else {
      throw ToolError(description: "chown \(path): \(String(cString: strerror(errno)))")
    }
  }
}
