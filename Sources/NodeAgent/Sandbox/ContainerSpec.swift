package import JSONTree
import KubernetesAPI

/// How one container's process is started, as the agent tells the Pod's sandbox.
package struct ContainerSpec: Sendable, Equatable {
  package struct Mount: Sendable, Equatable {
    /// A path of the host.
    package var source: String
    /// Absolute, in the container.
    package var target: String
    package var isReadOnly: Bool

    package init(source: String, target: String, isReadOnly: Bool = false) {
      self.source = source
      self.target = target
      self.isReadOnly = isReadOnly
    }
  }

  package enum ProcessNamespace: String, Sendable {
    /// The container's own, in which its process is number 1.
    case own
    /// One of all containers of the Pod (`shareProcessNamespace`).
    case pod
    /// The host's (`hostPID`).
    case host
  }

  /// Unique among the containers the sandbox ever starts: `NAME.ATTEMPT`.
  package var id: String
  /// The program and its arguments; never empty.
  package var arguments: [String]
  /// `NAME=value`.
  package var environment: [String]
  package var workingDirectory: String
  package var user: UInt32
  package var group: UInt32
  package var groups: [UInt32]
  package var mounts: [Mount]
  /// Directories the container sees empty.
  package var hidden: [String]
  package var hasReadOnlyRoot: Bool
  package var processNamespace: ProcessNamespace
  package var hasTerminal: Bool
  package var hasInput: Bool
  /// Standard input ends when the first client that attached to it leaves (`stdinOnce`).
  package var inputOnce: Bool
  /// Where the output goes.
  package var logPath: String
  /// An empty directory the container's root is made in.
  package var scratch: String

  package init(id: String, arguments: [String], scratch: String, logPath: String) {
    self.id = id
    self.arguments = arguments
    self.scratch = scratch
    self.logPath = logPath
    environment = []
    workingDirectory = "/"
    user = 0
    group = 0
    groups = []
    mounts = []
    hidden = []
    hasReadOnlyRoot = false
    processNamespace = .own
    hasTerminal = false
    hasInput = false
    inputOnce = false
  }

  /// Nil if there is no id, no program or no place for it.
  package init?(json: JSON) {
    guard let id = json["id"]?.string, let arguments = json["args"]?.strings, !arguments.isEmpty,
      let scratch = json["scratch"]?.string, let logPath = json["log"]?.string
    else { return nil }
    self.init(id: id, arguments: arguments, scratch: scratch, logPath: logPath)
    environment = json["env"]?.strings ?? []
    workingDirectory = json["cwd"]?.string ?? "/"
    user = UInt32(clamping: json["uid"]?.integer ?? 0)
    group = UInt32(clamping: json["gid"]?.integer ?? 0)
    groups = json["groups"]?.array?.compactMap { $0.integer.map { UInt32(clamping: $0) } } ?? []
    mounts =
      json["mounts"]?.array?.map { mount in
        Mount(
          source: mount["source"]?.string ?? "", target: mount["target"]?.string ?? "",
          isReadOnly: mount["readOnly"]?.bool ?? false)
      } ?? []
    hidden = json["hidden"]?.strings ?? []
    hasReadOnlyRoot = json["readOnlyRoot"]?.bool ?? false
    processNamespace =
      json["pid"]?.string.flatMap(ProcessNamespace.init(rawValue:)) ?? .own
    hasTerminal = json["tty"]?.bool ?? false
    hasInput = json["stdin"]?.bool ?? false
    inputOnce = json["stdinOnce"]?.bool ?? false
  }

  package var json: JSON {
    [
      "id": .string(id), "args": JSON(strings: arguments), "env": JSON(strings: environment),
      "cwd": .string(workingDirectory), "uid": .integer(Int64(user)),
      "gid": .integer(Int64(group)), "groups": .array(groups.map { .integer(Int64($0)) }),
      "mounts": .array(
        mounts.map {
          [
            "source": .string($0.source), "target": .string($0.target),
            "readOnly": .bool($0.isReadOnly),
          ]
        }),
      "hidden": JSON(strings: hidden), "readOnlyRoot": .bool(hasReadOnlyRoot),
      "pid": .string(processNamespace.rawValue), "tty": .bool(hasTerminal),
      "stdin": .bool(hasInput), "stdinOnce": .bool(inputOnce), "log": .string(logPath),
      "scratch": .string(scratch),
    ]
  }
}
