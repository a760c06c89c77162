import FakeAPIServer
import JSONTree
import KubernetesAPI
import Synchronization
import Testing

@testable import KubernetesClient

struct KubernetesClientTests {
  private let time = ManualTime()
  private let server: FakeAPIServer
  private var client: KubernetesClient { server.client() }

  init() { server = FakeAPIServer(time: time.source) }

  private let key = ObjectKey(namespace: "default", name: "web")

  @Test func objectsGoThroughTheirLife() async throws {
    var slice = EndpointSlice(
      metadata: ObjectMeta(generateName: "web-", namespace: "default"), addressType: .ipv4)
    slice = try await client.create(slice)
    #expect(slice.metadata.name.hasPrefix("web-"))
    #expect(!slice.metadata.uid.isEmpty)
    slice.endpoints = [EndpointSlice.Endpoint(addresses: ["10.0.0.1"], ready: true)]
    let updated = try await client.update(slice)
    #expect(updated.endpoints == slice.endpoints)
    #expect(try await client.get(EndpointSlice.self, slice.key) == updated)
    #expect(try await client.list(EndpointSlice.self, namespace: "default") == [updated])
    #expect(try await client.list(EndpointSlice.self, namespace: "other") == [])
    let patched = try await client.patch(
      EndpointSlice.self, slice.key, .merge, ["metadata": ["labels": ["a": "b"]]])
    #expect(patched.metadata.labels == ["a": "b"])
    await #expect(throws: APIStatus.self) { try await client.update(slice) }
    try await client.delete(EndpointSlice.self, slice.key)
    #expect(server.all(EndpointSlice.self).isEmpty)
  }

  @Test func refusalsAreThrownAsTheServerWordsThem() async throws {
    let error = await #expect(throws: APIStatus.self) {
      try await client.get(Service.self, key)
    }
    #expect(error == .notFound(Service.resource, name: "web"))
    #expect(error?.isNotFound == true)
  }

  @Test func preconditionsTravel() async throws {
    let service = server.put(Service(metadata: ObjectMeta(name: "web", namespace: "default")))
    let error = await #expect(throws: APIStatus.self) {
      try await client.delete(
        Service.self, key, options: DeleteOptions(uid: "other", propagation: .orphan))
    }
    #expect(error?.isConflict == true)
    let options = DeleteOptions(
      uid: service.metadata.uid, resourceVersion: service.metadata.resourceVersion)
    try await client.delete(Service.self, key, options: options)
    #expect(server.all(Service.self).isEmpty)
  }

  @Test(arguments: [
    ("GET", 404, "", APIStatus.Reason.notFound),
    ("GET", 410, "", .gone),
    ("POST", 409, "<html>", .alreadyExists),
    ("PUT", 409, "<html>", .conflict),
    ("GET", 401, "", .unauthorized),
    ("GET", 403, "nope", .forbidden),
    ("GET", 504, "{}", .timeout),
    ("GET", 502, "bad gateway", .internalError),
    ("GET", 418, "", .unknown),
  ])
  func aBodyThatIsNoStatusStillMakesAStatus(
    method: String, code: Int, body: String, reason: APIStatus.Reason
  ) async throws {
    server.intercept { _ in APIResponse(status: code, body: .bytes(Array(body.utf8))) }
    let error = await #expect(throws: APIStatus.self) {
      try await client.request(method, "/x")
    }
    #expect(error?.code == code)
    #expect(error?.reason == reason)
    #expect(error?.message.isEmpty == false)
    #expect(error?.details?.causes.first?.message ?? "" == body)
  }

  @Test func aServerThatAsksForPatienceIsAskedAgain() async throws {
    let attempts = Mutex(0)
    server.intercept { _ in
      let attempt = attempts.withLock { attempts in
        attempts += 1
        return attempts
      }
      guard attempt < 3 else { return nil }
      return APIResponse(status: 429, headers: ["retry-after": "7"], body: .bytes([]))
    }
    server.put(Service(metadata: ObjectMeta(name: "web", namespace: "default")))
    let task = Task { try await client.get(Service.self, key) }
    for _ in 0..<2 {
      #expect(await eventually { time.sleepers == [.seconds(7)] })
      time.advance(by: .seconds(7))
    }
    #expect(try await task.value.metadata.name == "web")
  }

  @Test func patienceHasAnEnd() async throws {
    server.intercept { _ in
      APIResponse(status: 429, headers: ["retry-after": "0"], body: .bytes([]))
    }
    let task = Task { try await client.get(Service.self, key) }
    #expect(
      await eventually {
        time.advance(by: .zero)
        return server.requests.count == 11
      })
    await #expect(throws: APIStatus.self) { try await task.value }
  }

  @Test func namesAndQueriesAreEncoded() async throws {
    _ = try? await client.get(
      ResourceType(
        group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRole",
        plural: "clusterroles", isNamespaced: false),
      ObjectKey(namespace: "", name: "system:a/b c%ü"), subresource: "status")
    _ = try? await client.list(
      Pod.self, options: ListOptions(labelSelector: "a in (b, c)", limit: 5, continueToken: "x="))
    #expect(
      server.requests.map(\.target) == [
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:a%2Fb%20c%25%C3%BC/status",
        "/api/v1/pods?labelSelector=a%20in%20%28b%2C%20c%29&limit=5&continue=x%3D",
      ])
  }

  @Test func anAnswerThatIsNoJSONIsNamed() async throws {
    server.intercept { _ in APIResponse(status: 200, body: .bytes(Array("hello".utf8))) }
    let error = await #expect(throws: TransportError.self) { try await client.get(Pod.self, key) }
    #expect(error?.code == .malformedResponse)
  }
}

struct BackoffTests {
  @Test func delaysDoubleToTheirBoundAndStartOverAfterARest() {
    var backoff = Backoff(
      policy: Backoff.Policy(
        initial: .seconds(1), maximum: .seconds(5), forgetAfter: .seconds(60)))
    #expect(backoff.isRested(at: .zero))
    var now = Duration.zero
    for expected in [1, 2, 4, 5, 5] {
      #expect(backoff.delay(at: now, random: 0) == .seconds(expected))
      now += .seconds(1)
    }
    #expect(!backoff.isRested(at: now))
    #expect(backoff.delay(at: now + .seconds(60), random: 0.5) == .milliseconds(750))
  }
}
