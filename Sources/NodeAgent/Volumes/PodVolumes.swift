import Glibc
import JSONTree
import KubernetesAPI

/// The volumes of one Pod: directories below the Pod's own, or paths of the Node.
struct PodVolumes: Sendable {
  let pod: AgentPod
  /// The Pod's directory.
  let directory: String
  let objects: ReferencedObjects
  let downward: DownwardAPI

  private static let refreshed: Set<String> = [
    "configMap", "secret", "downwardAPI", "projected",
  ]

  /// Whether a volume changes when an object does.
  var areRefreshed: Bool {
    (pod.spec["volumes"]?.array ?? []).contains { volume in
      Self.refreshed.contains { volume[$0] != nil }
    }
  }

  /// Makes every volume, or brings it up to date.
  ///
  /// - Returns: where each is, by name.
  /// - Throws: `PodProblem` with the message of a FailedMount event.
  func prepare() async throws -> [String: String] {
    var paths: [String: String] = [:]
    for volume in pod.spec["volumes"]?.array ?? [] {
      guard let name = volume["name"]?.string else { continue }
      do {
        paths[name] = try await prepare(volume, name)
      } catch let problem as PodProblem {
        throw PodProblem(
          description: "MountVolume.SetUp failed for volume \"\(name)\" : \(problem)")
      } catch let error as LinuxError {
        throw PodProblem(
          description: "MountVolume.SetUp failed for volume \"\(name)\" : \(error)")
      }
    }
    return paths
  }

  private func prepare(_ volume: JSON, _ name: String) async throws -> String {
    let own = "\(directory)/volumes/\(name)"
    if let source = volume["hostPath"] { return try hostPath(source) }
    if let claim = volume["persistentVolumeClaim"] {
      let path = try await objects.directory(claim: claim["claimName"]?.string ?? "")
      try LinuxCall.makeDirectory(path)
      return path
    }
    if volume["ephemeral"] != nil {
      return try await objects.directory(claim: "\(pod.metadata.name)-\(name)")
    }
    let files = AtomicDirectory(path: own)
    if let source = volume["configMap"] {
      try await files.write(self.files(ReferencedObjects.configMaps, source["name"], source))
    } else if let source = volume["secret"] {
      try await files.write(self.files(ReferencedObjects.secrets, source["secretName"], source))
    } else if let source = volume["downwardAPI"] {
      try files.write(downwardFiles(source, mode(source["defaultMode"], 0o644)))
    } else if let source = volume["projected"] {
      try await files.write(projectedFiles(source))
    } else if volume["emptyDir"] != nil {
      try LinuxCall.makeDirectory(own)
      chmod(own, 0o777)
    } else {
      throw PodProblem(description: "this kind of volume is not supported")
    }
    return own
  }

  // MARK: Kinds

  private func hostPath(_ source: JSON) throws -> String {
    let path = source["path"]?.string ?? ""
    let type = source["type"]?.string ?? ""
    let mode = LinuxCall.mode(path, followsLinks: true).map { $0 & S_IFMT }
    switch type {
    case "DirectoryOrCreate":
      if mode == nil { try LinuxCall.makeDirectory(path) }
    case "FileOrCreate":
      if mode == nil { try LinuxCall.replace(path, []) }
    case "Directory" where mode != S_IFDIR, "File" where mode != S_IFREG,
      "Socket" where mode != S_IFSOCK, "CharDevice" where mode != S_IFCHR,
      "BlockDevice" where mode != S_IFBLK:
      throw PodProblem(
        description: "hostPath type check failed: \(path) is not a \(type.lowercased())")
    case "": if mode == nil { try LinuxCall.makeDirectory(path) }
    default: break
    }
    return path
  }

  private func files(
    _ resource: ResourceType, _ name: JSON?, _ source: JSON, mode inherited: UInt32? = nil
  ) async throws -> [String: AtomicDirectory.File] {
    let isOptional = source["optional"]?.bool ?? false
    let name = name?.string ?? ""
    guard let entries = try await objects.entries(resource, name, isOptional: isOptional) else {
      return [:]
    }
    let mode = mode(source["defaultMode"], inherited ?? 0o644)
    guard let items = source["items"]?.array else {
      return entries.mapValues { AtomicDirectory.File(bytes: $0, mode: mode) }
    }
    var files: [String: AtomicDirectory.File] = [:]
    for item in items {
      guard let key = item["key"]?.string, let path = item["path"]?.string else { continue }
      guard let bytes = entries[key] else {
        if isOptional { continue }
        throw PodProblem(
          description:
            "\(resource.kind.lowercased()) references non-existent \(Self.word(resource))"
            + " key: \(key)")
      }
      files[try Self.checked(path)] = AtomicDirectory.File(
        bytes: bytes, mode: self.mode(item["mode"], mode))
    }
    return files
  }

  private static func word(_ resource: ResourceType) -> String {
    resource.kind == "Secret" ? "secret" : "config"
  }

  /// A path that stays within its volume.
  private static func checked(_ path: String) throws -> String {
    let parts = path.split(separator: "/")
    guard !path.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."),
      !(parts.first?.hasPrefix("..") ?? true)
    else { throw PodProblem(description: "invalid path \"\(path)\"") }
    return parts.joined(separator: "/")
  }

  private func downwardFiles(
    _ source: JSON, _ mode: UInt32
  ) throws -> [String: AtomicDirectory.File] {
    var files: [String: AtomicDirectory.File] = [:]
    for item in source["items"]?.array ?? [] {
      guard let path = item["path"]?.string else { continue }
      var text = ""
      if let field = item["fieldRef"]?["fieldPath"]?.string {
        text = try downward.field(field)
      } else if let reference = item["resourceFieldRef"] {
        let name = reference["containerName"]?.string ?? ""
        guard let container = pod.containers.first(where: { $0.name == name }) else {
          throw PodProblem(description: "container \(name) not found")
        }
        text = try downward.resource(reference, container: container)
      }
      files[try Self.checked(path)] = AtomicDirectory.File(
        bytes: Array(text.utf8), mode: self.mode(item["mode"], mode))
    }
    return files
  }

  private func projectedFiles(_ source: JSON) async throws -> [String: AtomicDirectory.File] {
    var files: [String: AtomicDirectory.File] = [:]
    let mode = mode(source["defaultMode"], 0o644)
    for part in source["sources"]?.array ?? [] {
      var added: [String: AtomicDirectory.File] = [:]
      if let map = part["configMap"] {
        added = try await self.files(ReferencedObjects.configMaps, map["name"], map, mode: mode)
      } else if let secret = part["secret"] {
        added = try await self.files(ReferencedObjects.secrets, secret["name"], secret, mode: mode)
      } else if let source = part["downwardAPI"] {
        added = try downwardFiles(source, mode)
      } else if let projection = part["serviceAccountToken"] {
        let path = try Self.checked(projection["path"]?.string ?? "token")
        added[path] = try await token(projection, path, mode)
      }
      files.merge(added) { _, later in later }
    }
    return files
  }

  /// A token that is used until four fifths of its time are over.
  private func token(
    _ projection: JSON, _ path: String, _ mode: UInt32
  ) async throws -> AtomicDirectory.File {
    let lifetime = projection["expirationSeconds"]?.integer ?? 3600
    let kept = "\(directory)/token.\(path.replacing("/", with: "_"))"
    var status = stat()
    if stat(kept, &status) == 0,
      Int64(status.st_mtim.tv_sec) + lifetime * 4 / 5 > Timestamp.now().seconds
    {
      return AtomicDirectory.File(bytes: try LinuxCall.read(kept), mode: mode)
    }
    let token = Array(try await objects.token(projection, pod: pod).utf8)
    try LinuxCall.replace(kept, token, mode: 0o600)
    return AtomicDirectory.File(bytes: token, mode: mode)
  }

  private func mode(_ json: JSON?, _ standard: UInt32) -> UInt32 {
    json?.integer.map { UInt32(clamping: $0) & 0o777 } ?? standard
  }
}
