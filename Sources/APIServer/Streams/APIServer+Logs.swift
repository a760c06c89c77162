import JSONTree
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOPosix

extension APIServer {
  /// `GET pods/NAME/log`: the text the Pod's Node has.
  func log(
    _ request: ResourceRequest, _ resource: Resource
  ) async throws(APIStatus) -> APIResponse {
    let info = request.info
    let options = try PodLogOptions(request.query, podName: info.name)
    let location = try await location(info, resource)
    let container = try location.container(options.container)
    // A Pod without a Node has said nothing yet.
    guard !location.node.isEmpty else { return .text(200, "") }
    let node = try nodeAddress(location.node)
    var path = AgentPath("containerLogs", info.namespace, info.name, container)
    for (name, value) in options.query { path.add(name, value) }
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: path.text,
      headers: ["Host": node.description, "User-Agent": "rollcall-apiserver"])
    let response: NodeResponse
    do {
      response = try await nodeConnector.send(
        head, to: node, on: MultiThreadedEventLoopGroup.singleton.any())
    } catch let status as APIStatus {
      throw status
    } catch {
      throw APIStatus(
        code: 500, reason: .unknown,
        message: "Get \"https://\(node.description)\(path.text)\": "
          + Self.dialProblem(error, node))
    }
    guard (200..<300).contains(response.head.status.code) else {
      throw await failure(response, info)
    }
    return APIResponse(
      status: 200, headers: ["content-type": "text/plain"],
      body: .stream(
        AsyncThrowingStream { try await response.next().map { Array($0.readableBytesView) } }))
  }

  /// What an agent refused, as a kube-apiserver passes it on.
  private func failure(_ response: NodeResponse, _ info: RequestInfo) async -> APIStatus {
    let code = Int(response.head.status.code)
    let text = await response.text(atMost: 50_000)
    switch code {
    case 400: return .badRequest(text)
    case 404:
      return APIStatus(
        code: 404, reason: .notFound,
        message: "the server could not find the requested resource ( pods/log \(info.name))",
        details: APIStatus.Details(name: info.name, kind: "pods/log"))
    default: return .internalError(text)
    }
  }

  // MARK: Finding Nodes

  var nodeConnector: NodeConnector {
    get throws(APIStatus) {
      guard let nodes else { throw .methodNotAllowed }
      return nodes
    }
  }

  func location(
    _ info: RequestInfo, _ resource: Resource
  ) async throws(APIStatus) -> PodLocation {
    let key = resource.key(namespace: info.namespace, name: info.name)
    guard let pod = try await resource.current(key) else {
      throw .notFound(resource.kind.resource, name: info.name)
    }
    return PodLocation(pod: pod.json, namespace: info.namespace, name: info.name)
  }

  func nodeAddress(_ name: String) throws(APIStatus) -> NodeAddress {
    let path = ResourcePath(group: "", version: "v1", plural: Node.resource.plural)
    guard let node = resources[path]?.cache.object(name) else {
      throw .notFound(Node.resource, name: name)
    }
    return try NodeAddress(node.json)
  }

  /// Why a Node is not reached, in the words of Go's network library.
  static func dialProblem(_ error: any Error, _ node: NodeAddress) -> String {
    let cause: String
    if let failure = error as? NIOConnectionError, let first = failure.connectionErrors.first {
      cause = "connect: \(describe(first.error))"
    } else if case ChannelError.connectTimeout = error {
      cause = "i/o timeout"
    } else {
      cause = describe(error)
    }
    return "dial tcp \(node.description): \(cause)"
  }

  private static func describe(_ error: any Error) -> String {
    guard let system = error as? IOError else { return "\(error)" }
    return String(cString: strerror(system.errnoCode)).lowercased()
  }
}

/// The query of `pods/log` (core/v1 PodLogOptions).
struct PodLogOptions: Sendable, Equatable {
  var container = ""
  /// As the agent is asked.
  var query: [(name: String, value: String)] = []

  /// - Throws: 422 in the words of a kube-apiserver, 400 for what is no number.
  init(_ query: Query, podName: String) throws(APIStatus) {
    container = query.first("container") ?? ""
    for flag in ["follow", "previous", "timestamps"] where query.flag(flag) == true {
      self.query.append((flag, "true"))
    }
    var errors: [FieldError] = []
    for (name, least) in [("tailLines", 0), ("limitBytes", 1), ("sinceSeconds", 1)] as [(_, Int64)]
    {
      guard let text = query.first(name), !text.isEmpty else { continue }
      guard let number = Int64(text) else {
        throw .badRequest("strconv.ParseInt: parsing \(quoted(text)): invalid syntax")
      }
      if number < least {
        errors.append(
          .invalid(
            FieldPath(name), .integer(number),
            least == 0 ? "must be greater than or equal to 0" : "must be greater than 0"))
      }
      self.query.append((name, text))
    }
    if let time = query.first("sinceTime"), !time.isEmpty {
      guard Timestamp(time) != nil else {
        throw .badRequest("parsing time \(quoted(time)): cannot be read as RFC 3339")
      }
      if self.query.contains(where: { $0.name == "sinceSeconds" }) {
        errors.append(
          .forbidden(
            FieldPath(""), "at most one of `sinceTime` or `sinceSeconds` may be specified"))
      }
      self.query.append(("sinceTime", time))
    }
    if !errors.isEmpty { throw .invalid(.podLogOptions, name: podName, errors) }
  }

  static func == (left: PodLogOptions, right: PodLogOptions) -> Bool {
    left.container == right.container && left.query.elementsEqual(right.query) { $0 == $1 }
  }
}
