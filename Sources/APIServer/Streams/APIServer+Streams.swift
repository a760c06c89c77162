import JSONTree
import KubernetesAPI
import NIOCore
import NIOHTTP1

/// The answer to a request that wants to go on with another protocol.
enum StreamAnswer: Sendable {
  case refused(APIResponse)
  /// The Node's agent has agreed to it; what follows is between the client and the agent.
  case accepted(NodeResponse)
}

extension APIServer {
  /// Opens a stream into a Pod (`exec`, `attach`, `portforward`): asks the agent of its Node in the
  /// client's own words, which of WebSocket and SPDY is spoken is between those two.
  ///
  /// - Parameter loop: the client's connection is served by.
  func openStream(
    _ head: HTTPRequestHead, as user: UserInfo?, on loop: any EventLoop
  ) async -> StreamAnswer {
    let request = APIRequest(head, body: [])
    let info = RequestInfo(method: request.method, target: RequestTarget(request.target))
    guard info.isResourceRequest, info.group.isEmpty, info.resource == "pods", nodes != nil,
      Self.agentPaths[info.subresource] != nil
    else { return .refused(await respond(to: request, as: user)) }
    let start = core.environment.uptime()
    var answer: StreamAnswer
    do throws(APIStatus) {
      try await authorize(info, try authenticated(request, user))
      answer = try await openStream(head, info, on: loop)
    } catch {
      answer = .refused(.failure(error))
    }
    var code = 101
    if case .refused(let response) = answer { code = response.status }
    metrics.record(
      RequestMetrics.Labels(info, query: RequestTarget(request.target).query), code: code,
      duration: core.environment.uptime() - start)
    return answer
  }

  /// What agents call the subresources.
  private static let agentPaths = [
    "attach": "attach", "exec": "exec", "portforward": "portForward",
  ]

  private func openStream(
    _ head: HTTPRequestHead, _ info: RequestInfo, on loop: any EventLoop
  ) async throws(APIStatus) -> StreamAnswer {
    let path = ResourcePath(group: "", version: info.version, plural: info.resource)
    guard let resource = resources[path], info.rest.isEmpty, !info.namespace.isEmpty else {
      throw .noSuchPath
    }
    guard ["create", "get"].contains(info.verb) else { throw .methodNotAllowed }
    let location = try await location(info, resource)
    let target = try agentPath(location, info, RequestTarget(head.uri).query)
    guard !location.node.isEmpty else {
      throw .badRequest("pod \(info.name) does not have a host assigned")
    }
    let node = try nodeAddress(location.node)
    let connector = try nodeConnector
    var request = HTTPRequestHead(
      version: .http1_1, method: head.method, uri: target,
      headers: ["Host": node.description])
    let own: Set<String> = ["host", "authorization", "content-length", "transfer-encoding"]
    for (name, value) in head.headers where !own.contains(name.lowercased()) {
      request.headers.add(name: name, value: value)
    }
    if head.method == .POST { request.headers.add(name: "Content-Length", value: "0") }
    let response: NodeResponse
    do {
      response = try await connector.send(request, to: node, on: loop)
    } catch {
      throw .internalServerError("error dialing backend: \(Self.dialProblem(error, node))")
    }
    if response.head.status == .switchingProtocols { return .accepted(response) }
    // The agent's own words, for the client to show.
    let type = response.head.headers.first(name: "content-type") ?? "text/plain"
    return .refused(
      APIResponse(
        status: Int(response.head.status.code), headers: ["content-type": type],
        body: .bytes(Array(await response.text(atMost: 50_000).utf8))))
  }

  private func agentPath(
    _ location: PodLocation, _ info: RequestInfo, _ query: Query
  ) throws(APIStatus) -> String {
    let name = Self.agentPaths[info.subresource] ?? ""
    if info.subresource == "portforward" {
      return AgentPath(name, info.namespace, info.name).text
    }
    let container = try location.container(query.first("container") ?? "")
    var path = AgentPath(name, info.namespace, info.name, container)
    // core/v1 PodExecOptions and PodAttachOptions; those of attach have outputs unless told not to.
    let standard = info.subresource == "attach"
    for (flag, wire, isOn) in [
      ("stdin", "input", false), ("stdout", "output", standard), ("stderr", "error", standard),
      ("tty", "tty", false),
    ] where query.flag(flag) ?? isOn { path.add(wire, "1") }
    for argument in query.all("command") { path.add("command", argument) }
    return path.text
  }
}

extension APIStatus {
  /// 500 that says no more than its message.
  static func internalServerError(_ message: String) -> APIStatus {
    APIStatus(code: 500, reason: .unknown, message: message)
  }
}
