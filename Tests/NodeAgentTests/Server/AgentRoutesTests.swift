import JSONTree
import KubernetesAPI
import KubernetesClient
import NIOHTTP1
import Synchronization
import Testing

@testable import NodeAgent

struct AgentRoutesTests {
  /// An API server that lets one user use Nodes, and counts how often it is asked.
  private final class Reviews: KubernetesTransport {
    private let questions = Mutex<[String]>([])

    var asked: [String] { questions.withLock(\.self) }

    func send(_ request: APIRequest) async throws -> APIResponse {
      let review = try JSON(parsing: request.body)
      let attributes = review[path: "spec", "resourceAttributes"]
      let words = ["verb", "resource", "subresource", "name"].map {
        attributes?[$0]?.string ?? ""
      }
      questions.withLock { $0.append(words.joined(separator: " ")) }
      let isAllowed = review[path: "spec", "user"]?.string == "apiserver"
      let answer: JSON = ["status": ["allowed": .bool(isAllowed)]]
      return APIResponse(status: 201, body: .bytes(answer.encoded()))
    }
  }

  private struct Hosted: HostedPod {
    var pod: AgentPod
    var directory: String { "/nowhere" }
    func current() async -> AgentPod { pod }
    func logPath(_ container: String, attempt: Int64) -> String { "/nowhere/log" }
    func runningIdentifier(_ container: String) async -> String? { nil }
    func networkProcess() async -> Int32? { nil }
  }

  private struct Host: PodHost {
    var hostedPods: [AgentPod] = []
    func hostedPod(_ key: ObjectKey) -> (any HostedPod)? {
      hostedPods.first { $0.key == key }.map { Hosted(pod: $0) }
    }
  }

  private let reviews = Reviews()
  private let user = UserInfo(name: "apiserver", groups: [])

  private var routes: AgentRoutes {
    let pod = AgentPod(json: [
      "metadata": ["name": "web", "namespace": "default", "uid": "1"],
      "spec": ["containers": [["name": "main"]]],
      "status": [
        "containerStatuses": [["name": "main", "state": ["waiting": ["reason": "Pulling"]]]]
      ],
    ])
    return AgentRoutes(
      host: Host(hostedPods: [pod]),
      access: AgentAccess(
        client: KubernetesClient(transport: reviews), nodeName: "node-1"), time: .system)
  }

  private func answer(
    _ method: String, _ target: String, as user: UserInfo?
  ) async -> (code: Int, text: String) {
    let request = AgentRequest(method: method, target: AgentTarget(target), headers: [:])
    guard case .whole(let code, _, let bytes) = await routes.answer(request, user) else {
      return (0, "")
    }
    return (code, String(decoding: bytes, as: UTF8.self))
  }

  @Test func nobodyComesInWithoutACertificateOrARight() async {
    #expect(await answer("GET", "/pods", as: nil).code == 401)
    #expect(reviews.asked.isEmpty)
    let refused = await answer("GET", "/pods", as: UserInfo(name: "eve", groups: []))
    #expect(refused.code == 403)
    #expect(
      refused.text == "Forbidden (user=eve, verb=get, resource=nodes, subresource(s)=[proxy])\n")
    #expect(await answer("GET", "/pods", as: user).code == 200)
    #expect(await answer("GET", "/healthz", as: user).text == "ok")
  }

  @Test func toOpenAStreamIsToCreateWhateverTheMethod() async {
    for method in ["GET", "POST"] {
      _ = await answer(method, "/exec/default/web/main?command=a&output=1", as: user)
    }
    _ = await answer("GET", "/containerLogs/default/web/main", as: user)
    #expect(
      Set(reviews.asked) == [
        "create nodes proxy node-1", "get nodes proxy node-1",
      ])
  }

  @Test(arguments: [
    ("/containerLogs/default/nobody/main", 404, #"pod "nobody" does not exist"#),
    ("/containerLogs/default/web/x", 404, #"container "x" not found in pod "web""#),
    (
      "/containerLogs/default/web/main", 400,
      #"container "main" in pod "web" is waiting to start: Pulling"#
    ),
    ("/containerLogs/default/web/main?tailLines=-1", 422, #"{"message": "Invalid request."}"#),
    ("/exec/default/nobody/main?output=1&command=a", 404, "pod does not exist"),
    ("/exec/default/web/main?output=1&command=a", 500, #"container not found ("main")"#),
    ("/portForward/default/nobody", 404, "pod does not exist"),
    ("/portForward/default/web", 400, "Upgrade request required"),
    ("/anything/else", 404, "404 page not found\n"),
  ])
  func problemsAreInTheKubeletsWords(target: String, code: Int, text: String) async {
    let found = await answer("GET", target, as: user)
    #expect(found == (code, text))
  }

  @Test func podsAreListed() async throws {
    let list = try JSON(parsing: Array(await answer("GET", "/pods", as: user).text.utf8))
    #expect(list["kind"] == "PodList")
    #expect(list["items"]?.array?.count == 1)
  }
}
