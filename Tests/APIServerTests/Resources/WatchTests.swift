import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(5))) struct WatchTests {
  private let widgets = "/apis/test.io/v1/namespaces/default/widgets"

  @discardableResult
  private func put(
    _ server: TestServer, _ name: String, labels: JSON = [:], color: String = "grey"
  ) async -> TestServer.Answer {
    let object: JSON = [
      "metadata": ["name": .string(name), "labels": labels], "spec": ["color": .string(color)],
    ]
    let created = await server.post(widgets, object)
    return created.code == 201 ? created : await server.put(widgets + "/" + name, object)
  }

  @Test func `a watch goes on behind the version it names`() async throws {
    try await TestServer.run { server in
      await put(server, "a")
      let version = await put(server, "b").version
      await put(server, "c")
      var watch = await server.watch(widgets + "?watch=true&resourceVersion=" + version)
      await put(server, "d")
      let events = try await watch.next(2)
      #expect(events.map(\.summary) == ["ADDED c", "ADDED d"])
    }
  }

  @Test(arguments: ["", "&resourceVersion=0"])
  func `a watch without a version begins with what there is`(query: String) async throws {
    try await TestServer.run { server in
      await put(server, "a")
      var watch = await server.watch(widgets + "?watch=true" + query)
      await put(server, "a", color: "red")
      let events = try await watch.next(2)
      #expect(events.map(\.summary) == ["ADDED a", "MODIFIED a"])
    }
  }

  @Test func `a version that was forgotten ends the watch with 410`() async throws {
    let store = MemoryStore()
    let old = try await TestServer.run(store: store) { server in
      let version = await put(server, "a").version
      await put(server, "b")
      return version
    }
    try await store.compact(at: try await store.currentRevision())
    try await TestServer.run(store: store, namespaces: []) { server in
      var watch = await server.watch(widgets + "?watch=true&resourceVersion=" + old)
      #expect(watch.code == 200)
      let event = try #require(try await watch.next())
      #expect(event.type == "ERROR")
      #expect(event.object["code"] == 410)
      #expect(event.object["reason"] == "Expired")
      #expect(event.object.text("message").hasPrefix("too old resource version: \(old) ("))
      let end = try await watch.next()
      #expect(end == nil)
    }
  }

  @Test func `a restart does not lose the place of a watch`() async throws {
    let store = MemoryStore()
    let version = try await TestServer.run(store: store) { server in
      let version = await put(server, "a").version
      await put(server, "b")
      return version
    }
    try await TestServer.run(store: store, namespaces: []) { server in
      var watch = await server.watch(widgets + "?watch=true&resourceVersion=" + version)
      await put(server, "c")
      let events = try await watch.next(2)
      #expect(events.map(\.summary) == ["ADDED b", "ADDED c"])
    }
  }

  @Test func `what begins to match appears, what ceases to match disappears`() async throws {
    try await TestServer.run { server in
      await put(server, "a")
      var watch = await server.watch(
        widgets + "?watch=true&resourceVersion=1&labelSelector=on%3Dyes")
      await put(server, "a", labels: ["on": "yes"])
      await put(server, "a", labels: ["on": "yes"], color: "red")
      let last = await put(server, "a", labels: ["on": "no"])
      await put(server, "a", labels: ["on": "never"])
      await put(server, "b", labels: ["on": "yes"])
      let events = try await watch.next(4)
      #expect(events.map(\.summary) == ["ADDED a", "MODIFIED a", "DELETED a", "ADDED b"])
      // As it last matched, at the version at which it ceased to.
      #expect(events[2].object[path: "metadata", "labels", "on"] == "yes")
      #expect(events[2].version == last.version)
    }
  }

  @Test func `a deletion is shown at its own version`() async throws {
    try await TestServer.run { server in
      let created = await put(server, "a")
      var watch = await server.watch(
        widgets + "?watch=true&resourceVersion=\(created.version)")
      _ = await server.delete(widgets + "/a")
      let event = try #require(try await watch.next())
      #expect(event.summary == "DELETED a")
      #expect(UInt64(event.version) ?? 0 > UInt64(created.version) ?? 0)
      #expect(event.object[path: "spec", "color"] == "grey")
    }
  }

  @Test func `initial events end with a bookmark that says so`() async throws {
    try await TestServer.run { server in
      await put(server, "a")
      let current = await put(server, "b").version
      var watch = await server.watch(
        widgets + "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true"
          + "&resourceVersionMatch=NotOlderThan")
      let events = try await watch.next(3)
      #expect(events.map(\.summary) == ["ADDED a", "ADDED b", "BOOKMARK "])
      #expect(
        events[2].object
          == [
            "kind": "Widget", "apiVersion": "test.io/v1",
            "metadata": [
              "resourceVersion": .string(current),
              "annotations": ["k8s.io/initial-events-end": "true"],
            ],
          ])
      await put(server, "c")
      let event = try await watch.next()
      #expect(event?.summary == "ADDED c")
    }
  }

  @Test func `bookmarks tell how far a watch has come`() async throws {
    try await TestServer.run { server in
      let start = await put(server, "a").version
      var watch = await server.watch(
        widgets + "?watch=true&allowWatchBookmarks=true&resourceVersion=\(start)"
          + "&fieldSelector=metadata.name%3Da")
      let other = await put(server, "b").version
      _ = await server.get(widgets)  // The cache has seen the write.
      server.advance(by: .seconds(61))
      let event = try #require(try await watch.next())
      #expect(event.type == "BOOKMARK")
      #expect(event.version == other)
    }
  }

  @Test func `a watch ends when its time is over`() async throws {
    try await TestServer.run { server in
      var watch = await server.watch(widgets + "?watch=true&timeoutSeconds=5")
      await put(server, "a")
      let event = try await watch.next()
      #expect(event?.summary == "ADDED a")
      server.advance(by: .seconds(6))
      let next = try await watch.next()
      #expect(next == nil)
    }
  }

  @Test func `rows are watched as lists are shown, with columns once`() async throws {
    try await TestServer.run { server in
      let response = await server.server.respond(
        to: APIRequest(
          method: "GET", target: widgets + "?watch=true",
          headers: ["accept": "application/json;as=Table;v=v1;g=meta.k8s.io"]),
        as: TestServer.admin)
      var watch = TestWatch(response)
      await put(server, "a")
      await put(server, "a", color: "red")
      let events = try await watch.next(2)
      #expect(events.map(\.type) == ["ADDED", "MODIFIED"])
      #expect(events.map { $0.object["kind"] } == ["Table", "Table"])
      #expect(events[0].object.items("columnDefinitions").count == 2)
      #expect(events[1].object.items("columnDefinitions").isEmpty)
      #expect(events[1].object.items("rows").first?["cells"] == ["a", "red"])
    }
  }
}
