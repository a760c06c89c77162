import JSONTree
import KubernetesAPI

/// A Pod whose Node carries a request on, and the container it is for.
struct PodLocation {
  let pod: JSON
  let namespace: String
  let name: String

  /// The Node the Pod is bound to; empty for none.
  var node: String { pod.member("spec").text("nodeName") }

  /// The container that is asked for, or the only one.
  ///
  /// - Throws: 400 in the words of a kube-apiserver.
  func container(_ wanted: String) throws(APIStatus) -> String {
    let spec = pod.member("spec")
    func names(_ list: String) -> [String] { spec.items(list).map { $0.text("name") } }
    let containers = names("containers")
    let initial = names("initContainers")
    if !wanted.isEmpty {
      guard (containers + initial + names("ephemeralContainers")).contains(wanted) else {
        throw .badRequest("container \(wanted) is not valid for pod \(name)")
      }
      return wanted
    }
    if containers.count == 1 { return containers[0] }
    var message = "a container name must be specified for pod \(name)"
    if !containers.isEmpty {
      message += ", choose one of: [\(containers.joined(separator: " "))]"
      if !initial.isEmpty {
        message += " or one of the init containers: [\(initial.joined(separator: " "))]"
      }
    }
    throw .badRequest(message)
  }
}

/// A path of an agent with its query.
struct AgentPath {
  private(set) var text: String
  private var hasQuery = false

  init(_ segments: String...) {
    text = segments.map { "/" + Self.encoded($0) }.joined()
  }

  mutating func add(_ name: String, _ value: String) {
    text += (hasQuery ? "&" : "?") + Self.encoded(name) + "=" + Self.encoded(value)
    hasQuery = true
  }

  /// Percent-encoded but for the unreserved characters of RFC 3986.
  private static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }
}
