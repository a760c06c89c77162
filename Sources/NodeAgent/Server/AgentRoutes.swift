import JSONTree
import KubernetesAPI
import KubernetesClient
import NIOHTTP1

/// What the server asks of the agent.
protocol PodHost: Sendable {
  /// The Pods of the Node as the API has them.
  var hostedPods: [AgentPod] { get }
  func hostedPod(_ key: ObjectKey) -> (any HostedPod)?
}

/// A Pod the agent runs.
protocol HostedPod: Sendable {
  /// The object, with the status as it is now.
  func current() async -> AgentPod
  /// The log file of an attempt of a container.
  func logPath(_ container: String, attempt: Int64) -> String
  /// The id of the attempt of a container that runs; nil if none does.
  func runningIdentifier(_ container: String) async -> String?
  /// The Pod's directory, by which its sandbox is found.
  var directory: String { get }
  /// A process in the Pod's network namespace; nil if there is none.
  func networkProcess() async -> Int32?
}

/// The kubelet's API, as far as it is about Pods.
struct AgentRoutes: Sendable {
  let host: any PodHost
  let access: AgentAccess
  let time: TimeSource

  /// - Parameter user: who asks; nil for a client without a certificate of the cluster's.
  func answer(_ request: AgentRequest, _ user: UserInfo?) async -> AgentAnswer {
    guard var user else { return .problem(AgentProblem(401, "Unauthorized")) }
    let authenticated = "system:authenticated"
    if !user.groups.contains(authenticated) { user.groups.append(authenticated) }
    do {
      let attributes = Self.attributes(request)
      guard try await access.allows(user, attributes) else {
        throw AgentProblem(
          403,
          "Forbidden (user=\(user.name), verb=\(attributes.verb), resource=nodes, "
            + "subresource(s)=[\(attributes.subresource)])\n")
      }
      return try await route(request)
    } catch let problem as AgentProblem {
      return .problem(problem)
    } catch {
      return .problem(AgentProblem(500, "\(error)"))
    }
  }

  private static let streams: Set<String> = ["exec", "attach", "portForward"]

  /// What a request does, in words of authorization. To open a stream into a Pod is to create one,
  /// whatever the method that asks for it.
  static func attributes(_ request: AgentRequest) -> AgentAccess.Attributes {
    let isStream = streams.contains(request.target.segments.first ?? "")
    let verb =
      switch request.method {
      case "POST": "create"
      case "GET", "HEAD": isStream ? "create" : "get"
      case "PUT": "update"
      case "PATCH": "patch"
      case "DELETE": "delete"
      default: ""
      }
    return AgentAccess.Attributes(verb: verb, subresource: "proxy")
  }

  private func route(_ request: AgentRequest) async throws -> AgentAnswer {
    let segments = request.target.segments
    let isReading = request.method == "GET" || request.method == "HEAD"
    switch (segments.first, segments.count) {
    case ("healthz", 1) where isReading:
      return .whole(code: 200, type: "text/plain; charset=utf-8", Array("ok".utf8))
    case ("pods", 1) where isReading: return pods()
    case ("containerLogs", 4) where isReading: return try await logs(request)
    case ("exec", 4), ("exec", 5), ("attach", 4), ("attach", 5):
      return try await command(request)
    case ("portForward", 3), ("portForward", 4): return try await portForward(request)
    default: throw AgentProblem(404, "404 page not found\n")
    }
  }

  private func pods() -> AgentAnswer {
    let list: JSON = [
      "kind": "PodList", "apiVersion": "v1", "metadata": [:],
      "items": .array(host.hostedPods.map(\.json)),
    ]
    return .whole(code: 200, type: "application/json", list.encoded())
  }

  // MARK: Logs

  private func logs(_ request: AgentRequest) async throws -> AgentAnswer {
    let segments = request.target.segments
    let (name, container) = (segments[2], segments[3])
    guard let query = LogQuery(request.target.query, now: time.now()) else {
      throw AgentProblem(422, #"{"message": "Invalid request."}"#)
    }
    guard let hosted = host.hostedPod(ObjectKey(namespace: segments[1], name: name)) else {
      throw AgentProblem(404, "pod \"\(name)\" does not exist")
    }
    let pod = await hosted.current()
    guard pod.allContainers.contains(where: { $0.name == container }) else {
      throw AgentProblem(404, "container \"\(container)\" not found in pod \"\(name)\"")
    }
    let source = try LogSource(
      container, ofPod: name, status: pod.status, isPrevious: query.isPrevious)
    let reader = LogReader(
      path: hosted.logPath(container, attempt: source.attempt), query: query, time: time
    ) {
      await hosted.runningIdentifier(container) == "\(container).\(source.attempt)"
    }
    return .text { try await reader.next() }
  }

  // MARK: Streams

  /// `/exec/NAMESPACE/POD/CONTAINER`, or with the UID before the container.
  private func command(_ request: AgentRequest) async throws -> AgentAnswer {
    let segments = request.target.segments
    let isAttach = segments[0] == "attach"
    guard let container = segments.last,
      let hosted = host.hostedPod(ObjectKey(namespace: segments[1], name: segments[2]))
    else { throw AgentProblem(404, "pod does not exist") }
    let options = try CommandOptions(request.target.query)
    guard let id = await hosted.runningIdentifier(container) else {
      throw AgentProblem(500, "container not found (\"\(container)\")")
    }
    if !isAttach, options.arguments.isEmpty {
      throw AgentProblem(400, "you must specify a command")
    }
    let definition = await hosted.current().allContainers.first { $0.name == container }
    var wanted = options
    // A container that has a terminal has it for everybody who attaches.
    if isAttach { wanted.hasTerminal = definition?.json["tty"]?.bool ?? false }
    let run: @Sendable (any CommandStreams) async -> Void = { [wanted] streams in
      let outcome =
        isAttach
        ? await ContainerAttachment(
          directory: hosted.directory, container: id, options: wanted, time: time
        ).run(streams)
        : await ContainerCommand(
          directory: hosted.directory, container: id, options: wanted, time: time
        ).run(streams)
      await streams.finish(outcome)
    }
    switch try UpgradeRequest(request.headers, protocols: UpgradeRequest.commandProtocols) {
    case .spdy(let name, let headers):
      return .spdy(headers) { session in
        await SPDYCommandStreams.serve(session, version: name, options: options, run)
      }
    case .webSocket(let name, let headers):
      return .webSocket(headers) { session in
        await WebSocketCommandStreams.serve(session, version: name, options: options, run)
      }
    }
  }

  private func portForward(_ request: AgentRequest) async throws -> AgentAnswer {
    let segments = request.target.segments
    guard let hosted = host.hostedPod(ObjectKey(namespace: segments[1], name: segments[2])) else {
      throw AgentProblem(404, "pod does not exist")
    }
    let pod = await hosted.current()
    let forwarder = PortForwarder(
      pod: "\(pod.metadata.name)_\(pod.metadata.namespace)", uid: pod.metadata.uid
    ) { await hosted.networkProcess() }
    switch try UpgradeRequest(request.headers, protocols: UpgradeRequest.forwardProtocols) {
    case .spdy(_, let headers):
      return .spdy(headers) { session in await forwarder.serve(session) }
    case .webSocket(_, let headers):
      return .webSocket(headers) { session in
        await session.asSPDY { tunnelled in await forwarder.serve(tunnelled) }
      }
    }
  }
}

extension AgentPod {
  var allContainers: [ContainerDefinition] { initContainers + containers }
}
