import JSONTree
import KubernetesAPI
import KubernetesClient

/// Why something a Pod names cannot be used.
struct PodProblem: Error, Equatable, CustomStringConvertible {
  var description: String
}

/// ConfigMaps, Secrets, claims and tokens that a Pod names, as the API has them now.
struct ReferencedObjects: Sendable {
  let client: KubernetesClient
  let namespace: String

  static let configMaps = ResourceType(
    group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", isNamespaced: true)
  static let secrets = ResourceType(
    group: "", version: "v1", kind: "Secret", plural: "secrets", isNamespaced: true)
  private static let claims = ResourceType(
    group: "", version: "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims",
    isNamespaced: true)
  private static let volumes = ResourceType(
    group: "", version: "v1", kind: "PersistentVolume", plural: "persistentvolumes",
    isNamespaced: false)
  private static let accounts = ResourceType(
    group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts",
    isNamespaced: true)

  /// The entries of a ConfigMap or Secret; nil if it is optional and missing.
  func entries(
    _ resource: ResourceType, _ name: String, isOptional: Bool
  ) async throws -> [String: [UInt8]]? {
    let object: JSON
    do {
      object = try await client.get(resource, ObjectKey(namespace: namespace, name: name))
    } catch let status as APIStatus where status.isNotFound {
      if isOptional { return nil }
      throw PodProblem(description: "\(resource.kind.lowercased()) \"\(name)\" not found")
    }
    var entries: [String: [UInt8]] = [:]
    let isSecret = resource.kind == "Secret"
    for (key, text) in object["data"]?.stringMap ?? [:] {
      entries[key] = isSecret ? Base64Bytes.decode(text) ?? [] : Array(text.utf8)
    }
    for (key, text) in object["binaryData"]?.stringMap ?? [:] {
      entries[key] = Base64Bytes.decode(text) ?? []
    }
    return entries
  }

  /// The directory a claim is bound to. Throws `PodProblem` while it is not.
  func directory(claim name: String) async throws -> String {
    let claim: JSON
    do {
      claim = try await client.get(Self.claims, ObjectKey(namespace: namespace, name: name))
    } catch let status as APIStatus where status.isNotFound {
      throw PodProblem(description: "persistentvolumeclaim \"\(name)\" not found")
    }
    guard claim[path: "status", "phase"]?.string == "Bound",
      let volume = claim[path: "spec", "volumeName"]?.string, !volume.isEmpty
    else { throw PodProblem(description: "unbound PersistentVolumeClaim \"\(name)\"") }
    let object = try await client.get(Self.volumes, ObjectKey(namespace: "", name: volume))
    let spec = object["spec"]
    guard let path = spec?["hostPath"]?["path"]?.string ?? spec?["local"]?["path"]?.string else {
      throw PodProblem(description: "volume \"\(volume)\" is no directory of a Node")
    }
    return path
  }

  /// A new token of the Pod's ServiceAccount.
  func token(_ projection: JSON, pod: AgentPod) async throws -> String {
    let account = pod.spec["serviceAccountName"]?.string ?? "default"
    var spec: JSONObject = [
      "expirationSeconds": projection["expirationSeconds"] ?? 3600,
      "boundObjectRef": [
        "kind": "Pod", "apiVersion": "v1", "name": .string(pod.metadata.name),
        "uid": .string(pod.metadata.uid),
      ],
    ]
    if let audience = projection["audience"]?.string { spec["audiences"] = [.string(audience)] }
    let body: JSON = [
      "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": .object(spec),
    ]
    let answer = try await client.request(
      "POST", "/api/v1/namespaces/\(namespace)/serviceaccounts/\(account)/token", body: body)
    return answer[path: "status", "token"]?.string ?? ""
  }
}

/// RFC 4648 section 4, as Secrets carry their data.
enum Base64Bytes {
  /// Nil if the text is not base64.
  static func decode(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in text.utf8 where character != UInt8(ascii: "=") {
      let value: UInt8
      switch character {
      case 0x41...0x5A: value = character - 0x41
      case 0x61...0x7A: value = character - 0x61 + 26
      case 0x30...0x39: value = character - 0x30 + 52
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      case 0x0A, 0x0D: continue
      default: return nil
      }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
