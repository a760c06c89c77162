import NIOHTTP1
import Testing

@testable import NodeAgent

struct UpgradeRequestTests {
  private func upgrade(_ headers: HTTPHeaders) throws(AgentProblem) -> (String, HTTPHeaders) {
    switch try UpgradeRequest(headers, protocols: UpgradeRequest.commandProtocols) {
    case .spdy(let version, let answer): ("spdy " + version, answer)
    case .webSocket(let version, let answer): ("websocket " + version, answer)
    }
  }

  @Test func theClientsFirstChoiceThatIsSpokenIsTaken() throws {
    let spdy: HTTPHeaders = [
      "Connection": "Upgrade", "Upgrade": "SPDY/3.1",
      "X-Stream-Protocol-Version": "v5.channel.k8s.io",
      "x-stream-protocol-version": "v4.channel.k8s.io",
    ]
    let (version, answer) = try upgrade(spdy)
    #expect(version == "spdy v4.channel.k8s.io")
    #expect(answer["x-stream-protocol-version"] == ["v4.channel.k8s.io"])
    let (socket, accepted) = try upgrade([
      "Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Protocol": "v5.channel.k8s.io, v4.channel.k8s.io",
    ])
    #expect(socket == "websocket v5.channel.k8s.io")
    #expect(accepted["sec-websocket-protocol"] == ["v5.channel.k8s.io"])
  }

  @Test func theOldestClientsNameNoVersion() throws {
    #expect(
      try upgrade(["Connection": "Upgrade", "Upgrade": "SPDY/3.1"]).0 == "spdy channel.k8s.io")
  }

  @Test func whatIsNotSpokenIsRefused() {
    let unknown: HTTPHeaders = [
      "Connection": "Upgrade", "Upgrade": "SPDY/3.1", "X-Stream-Protocol-Version": "v9",
    ]
    #expect(
      throws: AgentProblem(
        403,
        "unable to upgrade: unable to negotiate protocol: client supports [v9], server accepts "
          + "[v4.channel.k8s.io v3.channel.k8s.io v2.channel.k8s.io channel.k8s.io]")
    ) { try upgrade(unknown) }
    #expect(throws: AgentProblem(400, "Upgrade request required")) { try upgrade([:]) }
    #expect(throws: AgentProblem.self) {
      try upgrade(["Connection": "Upgrade", "Upgrade": "h2c"])
    }
    #expect(throws: AgentProblem.self) {
      try upgrade(["Connection": "Upgrade", "Upgrade": "websocket"])
    }
  }
}
