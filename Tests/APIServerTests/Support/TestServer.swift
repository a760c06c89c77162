import JSONTree
import KubernetesAPI
import Logging
import ObjectStore
import Synchronization

@testable import APIServer

/// A server over a store in memory, with clocks that tests move.
final class TestServer: Sendable {
  let server: APIServer
  let store: any ObjectStore

  static let admin = UserInfo(name: "admin", groups: ["system:masters"])

  /// Runs a server for as long as a body takes.
  static func run<Result: Sendable>(
    catalogue: KindCatalogue = TestKinds.catalogue, store: any ObjectStore = MemoryStore(),
    hooks: [String: [any TransactionHook]] = [:], serviceAccountKey: ServiceAccountKey? = nil,
    namespaces: [String] = ["default"],
    _ body: @Sendable (TestServer) async throws -> Result
  ) async throws -> Result {
    let test = TestServer(
      catalogue: catalogue, store: store, hooks: hooks, serviceAccountKey: serviceAccountKey)
    let running = Task { try await test.server.run() }
    defer { running.cancel() }
    await test.server.waitUntilReady()
    for namespace in namespaces {
      _ = await test.post("/api/v1/namespaces", ["metadata": ["name": .string(namespace)]])
    }
    return try await body(test)
  }

  private init(
    catalogue: KindCatalogue, store: any ObjectStore, hooks: [String: [any TransactionHook]],
    serviceAccountKey: ServiceAccountKey?
  ) {
    self.store = store
    let clock = Clock()
    server = APIServer(
      store: store, catalogue: catalogue, hooks: hooks,
      serviceAccountKey: serviceAccountKey,
      environment: ServerEnvironment(
        now: { Timestamp(seconds: 1_700_000_000 + clock.now.components.seconds) },
        uptime: { clock.now }, random: { UInt64.random(in: 0..<max(1, $0)) }),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    testClock = clock
  }

  private let testClock: Clock

  /// A clock that stands still until it is moved.
  final class Clock: Sendable {
    private let time = Mutex(Duration.zero)
    var now: Duration { time.withLock { $0 } }
    func advance(by step: Duration) { time.withLock { $0 += step } }
  }

  /// Lets time pass, and what has come due happen.
  func advance(by step: Duration) {
    testClock.advance(by: step)
    server.tick()
  }

  // MARK: Requests

  struct Answer: Sendable {
    var code: Int
    var headers: [String: String]
    var body: [UInt8]

    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
    var reason: String { json["reason"]?.string ?? "" }
    var message: String { json["message"]?.string ?? "" }
    var version: String { json[path: "metadata", "resourceVersion"]?.string ?? "" }
    var name: String { json[path: "metadata", "name"]?.string ?? "" }
  }

  func send(
    _ method: String, _ target: String, _ body: [UInt8] = [], headers: [String: String] = [:],
    as user: UserInfo? = admin
  ) async -> Answer {
    let response = await server.respond(
      to: APIRequest(method: method, target: target, headers: headers, body: body), as: user)
    return await Answer(response)
  }

  func get(_ target: String) async -> Answer { await send("GET", target) }

  func post(_ target: String, _ body: JSON) async -> Answer {
    await send("POST", target, body.encoded())
  }

  func put(_ target: String, _ body: JSON) async -> Answer {
    await send("PUT", target, body.encoded())
  }

  func patch(_ target: String, _ body: JSON, _ type: String = "merge-patch+json") async -> Answer {
    await send(
      "PATCH", target, body.encoded(), headers: ["content-type": "application/" + type])
  }

  func delete(_ target: String, _ body: JSON? = nil) async -> Answer {
    await send("DELETE", target, body?.encoded() ?? [])
  }

  func watch(_ target: String) async -> TestWatch {
    let response = await server.respond(
      to: APIRequest(method: "GET", target: target), as: Self.admin)
    return TestWatch(response)
  }
}

extension TestServer.Answer {
  init(_ response: APIResponse) async {
    code = response.status
    headers = response.headers
    body = []
    switch response.body {
    case .bytes(let bytes): body = bytes
    case .stream(let chunks):
      do {
        for try await chunk in chunks { body += chunk }
      } catch {}
    }
  }
}

/// Reads a watch's events one by one.
struct TestWatch {
  struct Event: Equatable {
    var type: String
    var object: JSON

    var name: String { object[path: "metadata", "name"]?.string ?? "" }
    var version: String { object[path: "metadata", "resourceVersion"]?.string ?? "" }
    /// `ADDED web-0`
    var summary: String { type + " " + name }
  }

  let code: Int
  private var chunks: AsyncThrowingStream<[UInt8], any Error>.Iterator?
  private var pending: [UInt8] = []

  init(_ response: APIResponse) {
    code = response.status
    switch response.body {
    case .bytes(let bytes): pending = bytes
    case .stream(let stream): chunks = stream.makeAsyncIterator()
    }
  }

  /// The next event, nil at the end.
  mutating func next() async throws -> Event? {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let json = try JSON(parsing: Array(pending[..<end]))
        pending.removeSubrange(...end)
        return Event(type: json["type"]?.string ?? "", object: json["object"] ?? .null)
      }
      guard let chunk = try await chunks?.next(isolation: #isolation) else { return nil }
      pending += chunk
    }
  }

  mutating func next(_ count: Int) async throws -> [Event] {
    var events: [Event] = []
    while events.count < count, let event = try await next() { events.append(event) }
    return events
  }

  /// Everything up to the end.
  mutating func rest() async throws -> [Event] { try await next(.max) }
}
