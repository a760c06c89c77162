import JSONTree
import KubernetesAPI

/// Where the agent of a Node is, and how it is known.
struct NodeAddress: Sendable, Equatable {
  /// A name or an address.
  var host: String
  var port: Int
  /// SHA-256 of the certificate it shows, in hexadecimal digits; nil where the Node does not say.
  var fingerprint: String?

  /// The port of a kubelet that does not say.
  private static let standardPort = 10250
  /// Whoever may write the Node says by it which certificate the agent's server has. Without it any
  /// certificate will do, as for a kube-apiserver that is told no authority.
  private static let certificateAnnotation = "rollcall.local/agent-certificate"
  /// Types of addresses, the first choice first: names need a resolver that knows them.
  private static let preferred = ["InternalIP", "ExternalIP", "InternalDNS", "Hostname"]

  /// - Throws: 500 if the Node has no address.
  init(_ node: JSON) throws(APIStatus) {
    let addresses = node[path: "status", "addresses"]?.array ?? []
    let found = Self.preferred.lazy.compactMap { type in
      addresses.first { $0["type"]?.string == type }?["address"]?.string
    }.first { !$0.isEmpty }
    guard let found else {
      throw APIStatus(
        code: 500, reason: .unknown, message: "no preferred addresses found; known addresses: []")
    }
    host = found
    let port = node[path: "status", "daemonEndpoints", "kubeletEndpoint", "Port"]?.integer ?? 0
    self.port = port > 0 && port <= 65535 ? Int(port) : Self.standardPort
    let text = node[path: "metadata", "annotations", Self.certificateAnnotation]?.string
    if let text, text.hasPrefix("sha256:") { fingerprint = String(text.dropFirst(7)) }
  }

  /// `HOST:PORT`.
  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
