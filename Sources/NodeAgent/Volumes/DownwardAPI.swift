import JSONTree
import KubernetesAPI

/// What a container may know of its own Pod (`fieldRef`, `resourceFieldRef`).
struct DownwardAPI: Sendable {
  let pod: AgentPod
  let addresses: [IPAddress]
  let hostAddresses: [IPAddress]

  /// Throws `PodProblem` for a field that cannot be had.
  func field(_ path: String) throws -> String {
    let metadata = pod.metadata
    switch path {
    case "metadata.name": return metadata.name
    case "metadata.namespace": return metadata.namespace
    case "metadata.uid": return metadata.uid
    case "metadata.labels": return Self.lines(metadata.labels)
    case "metadata.annotations": return Self.lines(metadata.annotations)
    case "spec.nodeName": return pod.nodeName
    case "spec.serviceAccountName": return pod.spec["serviceAccountName"]?.string ?? ""
    case "status.hostIP": return hostAddresses.first?.description ?? ""
    case "status.hostIPs": return hostAddresses.map(\.description).joined(separator: ",")
    case "status.podIP": return addresses.first?.description ?? ""
    case "status.podIPs": return addresses.map(\.description).joined(separator: ",")
    default: break
    }
    for (prefix, map) in [
      ("metadata.labels['", metadata.labels), ("metadata.annotations['", metadata.annotations),
    ] where path.hasPrefix(prefix) && path.hasSuffix("']") {
      return map[String(path.dropFirst(prefix.count).dropLast(2))] ?? ""
    }
    throw PodProblem(description: "unsupported fieldPath: \(path)")
  }

  /// One `key="value"` a line, in order of keys.
  private static func lines(_ map: [String: String]) -> String {
    map.sorted { $0.key < $1.key }.map { key, value in
      let escaped = value.map { character -> String in
        switch character {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\t": "\\t"
        default: String(character)
        }
      }.joined()
      return "\(key)=\"\(escaped)\""
    }.joined(separator: "\n")
  }

  /// The limit or request of a resource, in units of a divisor, rounded up.
  func resource(_ reference: JSON, container: ContainerDefinition) throws -> String {
    let name = reference["containerName"]?.string
    let target = name.flatMap { name in pod.containers.first { $0.name == name } } ?? container
    let parts = (reference["resource"]?.string ?? "").split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else {
      throw PodProblem(description: "unsupported container resource: \(reference)")
    }
    let given = target.json["resources"]?[String(parts[0])]?[String(parts[1])]
    guard let text = Self.text(given), let amount = Self.thousandths(text) else { return "0" }
    let divisor = Self.text(reference["divisor"]).flatMap(Self.thousandths) ?? 0
    let unit = divisor > 0 ? divisor : 1000
    return String(amount / unit + (amount % unit > 0 ? 1 : 0))
  }

  private static func thousandths(_ text: String) -> Int64? {
    do throws(Quantity.ParseError) {
      return try Quantity(parsing: text).milliValue
    } catch {
      return nil
    }
  }

  private static func text(_ json: JSON?) -> String? {
    switch json {
    case .string(let text): text
    case .integer(let value): String(value)
    default: nil
    }
  }
}
