import NIOHTTP1

/// Which protocol a client wants to go on with, and the one that was chosen.
enum UpgradeRequest {
  /// The version, and the headers of the answer.
  case spdy(String, HTTPHeaders)
  /// The version, and the headers of the answer beside those of every WebSocket.
  case webSocket(String, HTTPHeaders)

  /// Versions that are spoken.
  struct Protocols: Sendable {
    var spdy: [String]
    var webSocket: [String]
  }

  static let commandProtocols = Protocols(
    spdy: [
      "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io",
    ], webSocket: ["v5.channel.k8s.io", "v4.channel.k8s.io"])
  static let forwardProtocols = Protocols(
    spdy: ["portforward.k8s.io"], webSocket: ["SPDY/3.1+portforward.k8s.io"])

  private static let versionHeader = "X-Stream-Protocol-Version"

  /// - Throws: `AgentProblem` with 400 for a request that is none, 403 where no version fits.
  init(_ headers: HTTPHeaders, protocols: Protocols) throws(AgentProblem) {
    let isUpgrade = headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
    let wanted = headers[canonicalForm: "upgrade"].map { $0.lowercased() }
    guard isUpgrade else { throw AgentProblem(400, "Upgrade request required") }
    if wanted.contains("websocket") {
      self = try Self.webSocket(headers, protocols.webSocket)
    } else if wanted.contains("spdy/3.1") {
      self = try Self.spdy(headers, protocols.spdy)
    } else {
      throw AgentProblem(400, "unable to upgrade: missing upgrade headers in request")
    }
  }

  private static func spdy(
    _ headers: HTTPHeaders, _ spoken: [String]
  ) throws(AgentProblem) -> UpgradeRequest {
    let offered = headers[canonicalForm: versionHeader].map(String.init)
    var answer: HTTPHeaders = ["Connection": "Upgrade", "Upgrade": "SPDY/3.1"]
    // The oldest clients name no version.
    guard !offered.isEmpty else { return .spdy("channel.k8s.io", answer) }
    let version = try choose(offered, spoken)
    answer.add(name: versionHeader, value: version)
    return .spdy(version, answer)
  }

  private static func webSocket(
    _ headers: HTTPHeaders, _ spoken: [String]
  ) throws(AgentProblem) -> UpgradeRequest {
    guard headers.contains(name: "sec-websocket-key"),
      headers.first(name: "sec-websocket-version") == "13"
    else { throw AgentProblem(400, "unable to upgrade: this is no WebSocket handshake") }
    let offered = headers[canonicalForm: "sec-websocket-protocol"].map(String.init)
    let version = try choose(offered, spoken)
    return .webSocket(version, ["Sec-WebSocket-Protocol": version])
  }

  /// The client's first choice among those spoken here.
  private static func choose(
    _ offered: [String], _ spoken: [String]
  ) throws(AgentProblem) -> String {
    if let version = offered.first(where: spoken.contains) { return version }
    throw AgentProblem(
      403,
      "unable to upgrade: unable to negotiate protocol: client supports "
        + "[\(offered.joined(separator: " "))], server accepts [\(spoken.joined(separator: " "))]")
  }
}
