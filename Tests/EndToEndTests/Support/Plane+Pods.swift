import Foundation
import Testing

/// Pods of a plane, from within and from beside them.
extension Plane {
  /// A field of a Pod by a JSONPath, as `{.status.podIP}`; empty if there is none.
  func pod(_ name: String, _ path: String) async throws -> String {
    try await kubectl(.newest, "get", "pod", name, "--ignore-not-found", "-o", "jsonpath=\(path)")
      .output
  }

  func address(of pod: String) async throws -> String { try await self.pod(pod, "{.status.podIP}") }

  func isReady(_ pod: String) async throws -> Bool {
    try await self.pod(pod, "{.status.conditions[?(@.type=='Ready')].status}") == "True"
  }

  /// Waits until Pods are ready; says what keeps one that is not.
  func awaitReady(_ pods: [String], within limit: Duration = .seconds(60)) async throws {
    for pod in pods {
      try await eventually("\(pod) is ready", within: limit) { try await isReady(pod) }
      if try await !isReady(pod) {
        Issue.record("\(try await kubectl(.newest, "describe", "pod", pod).output)\n\(log)")
      }
    }
  }

  /// The process of a Pod that runs a program, by its PID here; nil if there is none.
  ///
  /// - Parameter program: the last part of the program's path.
  func process(of pod: String, running program: String) async throws -> Int32? {
    let uid = try await self.pod(pod, "{.metadata.uid}")
    guard !uid.isEmpty else { return nil }
    var parents: [Int32: Int32] = [:]
    var words: [Int32: [String]] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
      guard let pid = Int32(name),
        let stat = FileManager.default.contents(atPath: "/proc/\(pid)/stat"),
        let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
      else { continue }
      // The second field, a name in parentheses, may contain anything.
      let fields = String(decoding: stat, as: UTF8.self).split(separator: ")").last?
        .split(separator: " ")
      parents[pid] = fields.flatMap { $0.count > 1 ? Int32($0[1]) : nil }
      words[pid] = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
    func isInPod(_ pid: Int32) -> Bool {
      var next: Int32? = pid
      while let current = next, current > 1 {
        if words[current]?.last?.hasSuffix("/node/pods/\(uid)") == true { return true }
        next = parents[current]
      }
      return false
    }
    return words.first { pid, line in
      // Some add to their name, as "redis-server *:6379".
      let name = line.first?.split(separator: " ").first?.split(separator: "/").last
      return name.map(String.init) == program && isInPod(pid)
    }?.key
  }

  /// Runs a program on the network of the Node, where every Pod is reached.
  func onNode(
    _ name: String, _ arguments: [String], input: String? = nil
  ) async throws -> ToolResult {
    try await Tool.run(
      "nsenter", enter(nodeProcess, ["net"]) + [try path(name)] + arguments, input: input)
  }

  /// Runs a program of the machine in a container that runs, with its files, its network and its
  /// processes.
  func inside(_ process: Int32, _ arguments: [String]) async throws -> ToolResult {
    try await Tool.run(
      "nsenter", enter(process, ["net", "mount", "pid", "uts"]) + arguments)
  }

  private func path(_ name: String) throws -> String {
    guard let path = Tool.find(name) else {
      throw ToolError(description: "\(name) is not installed")
    }
    return path
  }

  /// A user who is not root must enter the user namespace first, where he is.
  private func enter(_ process: Int32, _ namespaces: [String]) -> [String] {
    let user = geteuid() == 0 ? [] : ["--user", "--preserve-credentials"]
    return ["--target", "\(process)"] + user + namespaces.map { "--\($0)" } + ["--"]
  }

  /// The process of the plane that the agent runs in: without privileges a child of the one that
  /// was started.
  private var nodeProcess: Int32 {
    let path = "/proc/\(processIdentifier)/task/\(processIdentifier)/children"
    let children = FileManager.default.contents(atPath: path) ?? Data()
    let first = String(decoding: children, as: UTF8.self).split(separator: " ").first
    guard isRootless, let child = first.flatMap({ Int32($0) }) else { return processIdentifier }
    return child
  }
}
