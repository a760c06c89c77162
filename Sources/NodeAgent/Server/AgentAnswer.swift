import NIOCore
import NIOHTTP1

/// A request to the agent's server.
struct AgentRequest: Sendable {
  var method: String
  var target: AgentTarget
  var headers: HTTPHeaders
}

/// What the server answers.
enum AgentAnswer: Sendable {
  case whole(code: Int, type: String, [UInt8])
  /// 200 and text as it comes; nil is its end.
  case text(@Sendable () async throws -> [UInt8]?)
  /// Another protocol takes the connection over: the headers of the 101, and who speaks it.
  case spdy(HTTPHeaders, @Sendable (SPDYSession) async -> Void)
  case webSocket(HTTPHeaders, @Sendable (WebSocketSession) async -> Void)

  static func problem(_ problem: AgentProblem) -> AgentAnswer {
    .whole(code: problem.code, type: "text/plain; charset=utf-8", Array(problem.message.utf8))
  }
}
