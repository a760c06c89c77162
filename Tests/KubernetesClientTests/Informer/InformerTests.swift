import FakeAPIServer
import JSONTree
import KubernetesAPI
import Logging
import Synchronization
import Testing

@testable import KubernetesClient

/// What an informer reported, in short words.
private final class Journal: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock(\.self) }

  func attach(to informer: Informer<Pod>) {
    informer.addHandler { events in
      self.lines.withLock { $0 += events.map(Self.word) }
    }
  }

  func clear() { lines.withLock { $0 = [] } }

  private static func word(_ event: InformerEvent<Pod>) -> String {
    switch event {
    case .added(let pod): "+\(pod.metadata.name)"
    case .updated(let old, let new):
      "~\(new.metadata.name) \(old.map { $0.nodeName.isEmpty ? "-" : $0.nodeName } ?? "?")"
        + ">\(new.nodeName)"
    case .deleted(let key, let last): "-\(key.name)\(last == nil ? "?" : "")"
    case .synced: "synced"
    }
  }
}

struct InformerTests {
  private let time = ManualTime()
  private let server: FakeAPIServer
  private let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

  init() { server = FakeAPIServer(time: time.source) }

  private func pod(_ name: String, node: String = "", labels: [String: String] = [:]) -> Pod {
    var pod = Pod(metadata: ObjectMeta(name: name, namespace: "default", labels: labels))
    pod.nodeName = node
    return pod
  }

  private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

  /// Runs an informer while the body runs.
  private func run(
    _ options: InformerOptions<Pod> = InformerOptions(),
    _ body: (Informer<Pod>, Journal) async throws -> Void
  ) async throws {
    let informer = Informer<Pod>(client: server.client(), options: options, logger: logger)
    let journal = Journal()
    journal.attach(to: informer)
    let task = Task { await informer.run() }
    defer { task.cancel() }
    try await body(informer, journal)
    task.cancel()
    await task.value
  }

  @Test func itListsThenFollows() async throws {
    server.put(pod("a"))
    server.put(pod("b"))
    try await run { informer, journal in
      try await informer.waitUntilSynced()
      #expect(Set(journal.all.dropLast()) == ["+a", "+b"])
      #expect(journal.all.last == "synced")
      #expect(informer.count == 2)
      journal.clear()
      server.put(pod("a", node: "n1"))
      server.put(pod("c"))
      server.remove(Pod.resource, key("b"))
      #expect(await eventually { journal.all == ["~a ->n1", "+c", "-b"] })
      #expect(informer.object(key("a"))?.nodeName == "n1")
      #expect(informer.object(key("b")) == nil)
      #expect(Set(informer.objects.map(\.metadata.name)) == ["a", "c"])
    }
  }

  @Test(arguments: [1, 3, 100]) func chunkBordersDoNotMatter(size: Int) async throws {
    server.setChunkSize(size)
    server.put(pod("a"))
    try await run { informer, journal in
      try await informer.waitUntilSynced()
      server.put(pod("b"))
      server.remove(Pod.resource, key("a"))
      #expect(await eventually { journal.all == ["+a", "synced", "+b", "-a"] })
    }
  }

  @Test func aWatchThatEndsAtItsTimeIsResumedWithoutAList() async throws {
    try await run { informer, journal in
      try await informer.waitUntilSynced()
      for name in ["a", "b", "c"] {
        #expect(await eventually { server.openWatches == 1 })
        server.put(pod(name))
        #expect(await eventually { journal.all.last == "+\(name)" })
        server.endWatches()
      }
      #expect(await eventually { server.openWatches == 1 })
      #expect(server.requests.filter { !$0.target.contains("watch=true") }.count == 1)
    }
  }

  @Test func aBrokenWatchResumesAfterADelay() async throws {
    try await run { informer, journal in
      try await informer.waitUntilSynced()
      #expect(await eventually { server.openWatches == 1 })
      server.endWatches(TransportError(.interrupted, "gone"))
      server.put(pod("a"))
      // Beside the deadline of no watch, only the back-off sleeps: 200 ms, no jitter.
      #expect(await eventually { time.sleepers == [.milliseconds(200)] })
      #expect(journal.all == ["synced"])
      time.advance(by: .milliseconds(200))
      #expect(await eventually { journal.all == ["synced", "+a"] })
      #expect(server.requests.filter { !$0.target.contains("watch=true") }.count == 1)
    }
  }

  @Test func failuresAreRetriedMoreAndMoreSlowly() async throws {
    server.intercept { _ in throw TransportError(.unreachable, "down") }
    try await run { informer, journal in
      for delay in [200, 400, 800, 1600, 3200, 6400, 10000] {
        #expect(await eventually { time.sleepers == [.milliseconds(delay)] })
        time.advance(by: .milliseconds(delay))
      }
      #expect(await eventually { time.sleepers == [.seconds(10)] })
      #expect(!informer.hasSynced)
      #expect(informer.age == nil)
      server.intercept(nil)
      server.put(pod("a"))
      time.advance(by: .seconds(10))
      try await informer.waitUntilSynced()
      #expect(journal.all == ["+a", "synced"])
      #expect(informer.age == .zero)
      time.advance(by: .seconds(3))
      #expect(informer.age == .seconds(3))
    }
  }

  @Test func goneHistoryIsRelistedInPlaceWithoutAFlap() async throws {
    for name in ["same", "changed", "removed"] { server.put(pod(name)) }
    try await run { informer, journal in
      try await informer.waitUntilSynced()
      #expect(await eventually { server.openWatches == 1 })
      journal.clear()
      server.intercept { _ in throw TransportError(.unreachable, "down") }
      server.endWatches(TransportError(.interrupted, "gone"))
      server.put(pod("changed", node: "n2"))
      server.put(pod("new"))
      server.remove(Pod.resource, key("removed"))
      server.compact()
      server.forgetRequests()
      server.intercept(nil)
      #expect(await time.advance { journal.all.count == 3 })
      #expect(Set(journal.all) == ["~changed ->n2", "+new", "-removed"])
      // What the server forgot must be read anew, not from a cache that may be older.
      let lists = server.requests.filter { !$0.target.contains("watch=true") }
      #expect(lists.count == 1)
      #expect(lists.first?.target.contains("resourceVersion") == false)
    }
  }

  @Test func anExpiredErrorInTheWatchRelistsAtOnce() async throws {
    server.put(pod("a"))
    try await run { informer, journal in
      try await informer.waitUntilSynced()
      #expect(await eventually { server.openWatches == 1 })
      server.forgetRequests()
      server.sendToWatches([
        "type": "ERROR",
        "object": ["kind": "Status", "code": 410, "reason": "Expired", "message": "too old"],
      ])
      #expect(
        await eventually {
          server.requests.filter { $0.target.contains("watch=true") }.count == 1
        })
      #expect(journal.all == ["+a", "synced"])
    }
  }

  @Test func aHistoryThatGoesBackIsRelisted() async throws {
    server.put(pod("a"))
    try await run { informer, journal in
      try await informer.waitUntilSynced()
      #expect(await eventually { server.openWatches == 1 })
      server.forgetRequests()
      server.sendToWatches([
        "type": "BOOKMARK", "object": ["metadata": ["resourceVersion": "5"]],
      ])
      #expect(await eventually { server.requests.count == 2 })
      #expect(server.requests.first?.target == "/api/v1/pods")
      #expect(journal.all == ["+a", "synced"])
    }
  }

  @Test func bookmarksMoveTheResumptionPoint() async throws {
    try await run { informer, _ in
      try await informer.waitUntilSynced()
      #expect(await eventually { server.openWatches == 1 })
      server.put(Node(metadata: ObjectMeta(name: "n")))
      server.sendBookmarks()
      let revision = String(server.revision)
      #expect(await eventually { informer.resourceVersion == revision })
      server.compact()
      server.endWatches()
      #expect(await eventually { server.openWatches == 1 })
      #expect(server.requests.filter { !$0.target.contains("watch=true") }.count == 1)
    }
  }

  @Test func anInformerThatKeepsNothingStillTellsChangesApart() async throws {
    server.put(pod("a"))
    server.put(pod("b"))
    var options = InformerOptions<Pod>()
    options.keeping = .nothing
    try await run(options) { informer, journal in
      try await informer.waitUntilSynced()
      #expect(await eventually { server.openWatches == 1 })
      journal.clear()
      server.intercept { _ in throw TransportError(.unreachable, "down") }
      server.endWatches(TransportError(.interrupted, "gone"))
      server.remove(Pod.resource, key("b"))
      server.put(pod("c"))
      server.compact()
      server.intercept(nil)
      #expect(await time.advance { Set(journal.all) == ["+c", "-b?"] })
      #expect(informer.object(key("a")) == nil)
      #expect(informer.objects.isEmpty)
      #expect(informer.count == 2)
      #expect(await eventually { server.openWatches == 1 })
      server.put(pod("a", node: "n1"))
      #expect(await eventually { journal.all.last == "~a ?>n1" })
    }
  }

  @Test func indexesFollowTheObjects() async throws {
    var options = InformerOptions<Pod>()
    options.indexes["node"] = { [$0.nodeName] }
    server.put(pod("a", node: "n1"))
    try await run(options) { informer, journal in
      try await informer.waitUntilSynced()
      server.put(pod("b", node: "n1"))
      server.put(pod("a", node: "n2"))
      #expect(await eventually { journal.all.count == 4 })
      #expect(informer.objects(index: "node", value: "n1").map(\.metadata.name) == ["b"])
      #expect(informer.objects(index: "node", value: "n2").map(\.metadata.name) == ["a"])
      server.remove(Pod.resource, key("b"))
      #expect(await eventually { informer.count == 1 })
      #expect(informer.objects(index: "node", value: "n1").isEmpty)
      #expect(informer.objects(index: "none", value: "n1").isEmpty)
    }
  }

  @Test func selectorsAndNamespaceAreSent() async throws {
    var options = InformerOptions<Pod>()
    options.namespace = "default"
    options.labelSelector = "app=web,!canary"
    options.fieldSelector = "metadata.name=a"
    server.put(pod("a", labels: ["app": "web"]))
    server.put(pod("b", labels: ["app": "web"]))
    try await run(options) { informer, journal in
      try await informer.waitUntilSynced()
      #expect(journal.all == ["+a", "synced"])
      #expect(
        server.requests.first?.target
          == "/api/v1/namespaces/default/pods?labelSelector=app%3Dweb%2C%21canary"
          + "&fieldSelector=metadata.name%3Da&resourceVersion=0")
    }
  }

  @Test func aSilentWatchIsGivenUpAfterItsTime() async throws {
    try await run { informer, _ in
      try await informer.waitUntilSynced()
      #expect(await eventually { server.openWatches == 1 })
      server.forgetRequests()
      #expect(await eventually { time.sleepers == [.seconds(330)] })
      time.advance(by: .seconds(330))
      #expect(await eventually { time.sleepers == [.milliseconds(200)] })
      time.advance(by: .milliseconds(200))
      #expect(await eventually { server.requests.count == 1 })
      #expect(server.requests.first?.target.contains("timeoutSeconds=300") == true)
    }
  }

  @Test func waitingEndsWithItsTask() async {
    server.intercept { _ in throw TransportError(.unreachable, "down") }
    let informer = Informer<Pod>(client: server.client(), logger: logger)
    let waiting = Task { try await informer.waitUntilSynced() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }
}
