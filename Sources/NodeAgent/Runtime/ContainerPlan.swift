import JSONTree
import KubernetesAPI

/// From a container of a Pod to the process that is to be started.
struct ContainerPlan {
  let pod: AgentPod
  let container: ContainerDefinition
  /// The Pod's directory.
  let directory: String
  /// Where each volume of the Pod is.
  let volumes: [String: String]
  let environment: [(name: String, value: String)]
  /// What containers are not to see.
  let hidden: [String]

  /// Why a container cannot be started at all; nil if it can.
  static func refusal(_ container: ContainerDefinition) -> String? {
    guard container.command.isEmpty else { return nil }
    return "Container image \"\(container.image)\" is not present with pull policy of Never: "
      + "this Node runs programs of its own system and pulls no images. Give container "
      + "\"\(container.name)\" a command"
  }

  /// - Throws: `PodProblem` for a volume that is not there, or a path that leaves it.
  func spec(attempt: Int64, logDirectory: String) throws -> ContainerSpec {
    let values = Dictionary(environment.map { ($0.name, $0.value) }) { _, later in later }
    let expanded = (container.command + container.arguments).map {
      ContainerEnvironment.expand($0, values)
    }
    let own = "\(directory)/containers/\(container.name)"
    var spec = ContainerSpec(
      id: "\(container.name).\(attempt)", arguments: expanded, scratch: own + "/root",
      logPath: "\(logDirectory)/\(attempt).log")
    let security = container.json["securityContext"]
    let podSecurity = pod.spec["securityContext"]
    func setting(_ field: String) -> JSON? { security?[field] ?? podSecurity?[field] }
    spec.user = UInt32(clamping: setting("runAsUser")?.integer ?? 0)
    spec.group = UInt32(clamping: setting("runAsGroup")?.integer ?? 0)
    let groups = podSecurity?["supplementalGroups"]?.array?.compactMap(\.integer) ?? []
    spec.groups = (groups + [podSecurity?["fsGroup"]?.integer].compactMap(\.self)).map {
      UInt32(clamping: $0)
    }
    spec.workingDirectory = container.json["workingDir"]?.string ?? "/"
    spec.hasReadOnlyRoot = security?["readOnlyRootFilesystem"]?.bool ?? false
    spec.hasTerminal = container.json["tty"]?.bool ?? false
    spec.hasInput = container.json["stdin"]?.bool ?? false
    spec.inputOnce = container.json["stdinOnce"]?.bool ?? false
    spec.hidden = hidden
    if pod.spec["hostPID"]?.bool == true {
      spec.processNamespace = .host
    } else if pod.spec["shareProcessNamespace"]?.bool == true {
      spec.processNamespace = .pod
    }
    spec.environment = fullEnvironment(values, spec)
    spec.mounts = try mounts(own)
    return spec
  }

  private func fullEnvironment(_ values: [String: String], _ spec: ContainerSpec) -> [String] {
    var all = [
      "PATH": ProcessLauncher.defaultPath, "HOSTNAME": pod.hostname,
      "HOME": spec.user == 0 ? "/root" : "/",
    ]
    if spec.hasTerminal { all["TERM"] = "xterm" }
    all.merge(values) { _, given in given }
    return all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
  }

  private func mounts(_ own: String) throws -> [ContainerSpec.Mount] {
    var mounts = [
      ContainerSpec.Mount(source: directory + "/etc-hosts", target: "/etc/hosts"),
      ContainerSpec.Mount(source: directory + "/resolv.conf", target: "/etc/resolv.conf"),
      ContainerSpec.Mount(
        source: own + "/termination-log",
        target: container.json["terminationMessagePath"]?.string ?? "/dev/termination-log"),
    ]
    if !pod.hostNetwork {
      mounts.append(
        ContainerSpec.Mount(source: directory + "/hostname", target: "/etc/hostname"))
    }
    for mount in container.json["volumeMounts"]?.array ?? [] {
      let name = mount["name"]?.string ?? ""
      guard let source = volumes[name] else {
        throw PodProblem(description: "volume \"\(name)\" not found")
      }
      var path = source
      if let below = try subPath(mount) {
        path += "/" + below
        if LinuxCall.mode(path) == nil { try LinuxCall.makeDirectory(path) }
      }
      mounts.append(
        ContainerSpec.Mount(
          source: path, target: mount["mountPath"]?.string ?? "/",
          isReadOnly: mount["readOnly"]?.bool ?? false))
    }
    // What is mounted by hand wins over what every container gets.
    let given = Set(mounts.dropFirst(pod.hostNetwork ? 3 : 4).map(\.target))
    return mounts.enumerated().filter { index, mount in
      index >= (pod.hostNetwork ? 3 : 4) || !given.contains(mount.target)
    }.map(\.element)
  }

  private func subPath(_ mount: JSON) throws -> String? {
    let values = Dictionary(environment.map { ($0.name, $0.value) }) { _, later in later }
    let text =
      mount["subPathExpr"]?.string.map { ContainerEnvironment.expand($0, values) }
      ?? mount["subPath"]?.string
    guard let text, !text.isEmpty else { return nil }
    let parts = text.split(separator: "/")
    guard !text.hasPrefix("/"), !parts.contains("..") else {
      throw PodProblem(description: "subPath \"\(text)\" leaves its volume")
    }
    return parts.joined(separator: "/")
  }
}
