import Glibc
import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging

extension PodWorker {
  // MARK: On disk

  private nonisolated var statePath: String { directory + "/state.json" }

  /// Finds what an earlier agent left: the sandbox that still runs, and what became of containers.
  func recover() async {
    if let bytes = try? LinuxCall.read(statePath), let json = try? JSON(parsing: bytes) {
      for member in json["containers"]?.object ?? [:] {
        records[member.key] = ContainerRecord(json: member.value)
      }
      if let reason = json[path: "failure", "reason"]?.string {
        failure = PodFailure(
          reason: reason, message: json[path: "failure", "message"]?.string ?? "")
      }
    }
    if !pod.hostNetwork, sandboxProcess.find() != nil {
      // What it was given: a full disk must not part a running Pod from its address, and another
      // one would not be its own.
      addresses = context.network.addresses(of: uid)
      if addresses.isEmpty {
        context.logger.warning(
          "a running Pod's address is not on record", metadata: ["pod": "\(pod.key)"])
      }
    }
    if let found = sandboxProcess.find(), await adopt(found) { return }
    lose()
  }

  func save() {
    var containers = JSONObject()
    for (name, record) in records { containers[name] = record.json }
    var state: JSONObject = ["containers": .object(containers)]
    if let failure {
      state["failure"] = [
        "reason": .string(failure.reason), "message": .string(failure.message),
      ]
    }
    do throws(LinuxError) {
      try LinuxCall.makeDirectory(directory, mode: 0o700)
      try LinuxCall.replace(statePath, JSON.object(state).encoded(), mode: 0o600)
    } catch {
      context.logger.warning("cannot keep a Pod's state", metadata: ["error": "\(error)"])
    }
  }

  // MARK: The sandbox

  func makeSandbox() async throws {
    guard try context.network.claim(uid, HostPorts.claims(of: pod)) else {
      // What the kubelet says of a Pod it does not admit.
      let reason = "NodePorts"
      let message =
        "Predicate \(reason) failed: node(s) didn't have free ports for the requested pod ports"
      failure = PodFailure(reason: reason, message: "Pod was rejected: " + message)
      event("Warning", reason, message)
      save()
      return
    }
    if !pod.hostNetwork {
      guard let taken = try context.network.take(uid) else {
        throw PodProblem(
          description: "failed to set up the Pod's network: no address is free in "
            + context.network.ranges.map(\.description).joined(separator: ", "))
      }
      addresses = taken
    }
    try writeFiles()
    let settings: JSON = [
      "hostname": .string(setsQualifiedName ?? pod.hostname),
      "hostNetwork": .bool(pod.hostNetwork),
      "hostIPC": .bool(pod.spec["hostIPC"]?.bool ?? false),
      "shareProcessNamespace": .bool(pod.spec["shareProcessNamespace"]?.bool ?? false),
    ]
    let (process, network, uid, taken) = (sandboxProcess, context.network, uid, addresses)
    let isOnHost = pod.hostNetwork
    let made = try await BlockingThread.run {
      let identity = try process.start(settings)
      if isOnHost { return identity }
      do {
        try network.connect(uid, process: identity.pid, addresses: taken)
      } catch {
        // The next attempt begins with a sandbox of its own.
        process.destroy()
        throw error
      }
      return identity
    }
    guard await adopt(made) else { throw PodProblem(description: "the sandbox ended") }
  }

  /// The Pod's name in DNS as its hostname, where it asks for that and a host can have it.
  private var setsQualifiedName: String? {
    guard pod.spec["setHostnameAsFQDN"]?.bool == true,
      let name = pod.qualifiedName(domain: context.configuration.clusterDomain),
      name.utf8.count <= 64
    else { return nil }
    return name
  }

  private func writeFiles() throws {
    try LinuxCall.makeDirectory(directory, mode: 0o700)
    let domain = context.configuration.clusterDomain
    let hostFile = (try? LinuxCall.read("/etc/hosts")) ?? []
    let hosts = HostsFile.text(
      pod: pod, addresses: addresses, domain: domain,
      host: String(decoding: hostFile, as: UTF8.self))
    let resolver = (try? LinuxCall.read(context.configuration.resolverPath)) ?? []
    let resolvConf = ResolverFile(
      pod: pod, host: ResolverFile(parsing: String(decoding: resolver, as: UTF8.self)),
      domain: domain, servers: context.network.nameServers)
    try LinuxCall.replace(directory + "/etc-hosts", Array(hosts.utf8))
    try LinuxCall.replace(directory + "/resolv.conf", Array(resolvConf.text.utf8))
    try LinuxCall.replace(
      directory + "/hostname", Array((setsQualifiedName ?? pod.hostname).utf8) + [0x0A])
  }

  /// Takes orders to a sandbox and hears from it. Returns whether it answers.
  private func adopt(_ found: ProcessIdentity) async -> Bool {
    let directory = directory
    guard
      let (client, list) = try? await BlockingThread.run({
        let client = try SandboxClient(directory: directory)
        return (client, try client.ask(["op": "watch"]))
      })
    else { return false }
    sandbox = client
    identity = found
    let present = list["containers"]?.array ?? []
    for container in pod.initContainers + pod.containers {
      guard var record = records[container.name], record.isRunning else { continue }
      let id = record.identifier(container.name)
      if let known = present.first(where: { $0["id"]?.string == id }) {
        if known["finishedAt"] != nil { containerEnded(known) } else { watchContainer(container) }
      } else {
        record.lost(
          container.role, PodStatus.containerID(pod, id), at: context.client.time.now())
        records[container.name] = record
      }
    }
    Task { [weak self] in
      for await message in client.messages() {
        if let ended = message["ended"] { await self?.containerEnded(ended) }
      }
      await self?.sandboxEnded(client)
    }
    return true
  }

  private func sandboxEnded(_ client: SandboxClient) {
    guard sandbox === client else { return }
    sandbox = nil
    if let identity { _ = waitpid(identity.pid, nil, WNOHANG) }
    event("Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
    lose()
    wake()
  }

  /// There is no sandbox: what ran has ended.
  private func lose() {
    for container in pod.initContainers + pod.containers {
      guard var record = records[container.name] else { continue }
      stopWatching(container.name)
      let id = PodStatus.containerID(pod, record.identifier(container.name))
      record.lost(container.role, id, at: context.client.time.now())
      records[container.name] = record
    }
    if !records.isEmpty { save() }
  }

  func destroySandbox() async {
    let process = sandboxProcess
    let client = sandbox
    sandbox = nil
    for name in Array(probes.keys) { stopWatching(name) }
    client?.shutDown()
    _ = try? await BlockingThread.run { process.destroy() }
    if !pod.hostNetwork { context.network.disconnect(uid) }
    context.network.release(uid)
    addresses = []
    volumes = nil
  }
}
