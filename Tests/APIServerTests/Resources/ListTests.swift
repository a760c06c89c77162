import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(5))) struct ListTests {
  private let widgets = "/apis/test.io/v1/namespaces/default/widgets"

  private func fill(_ server: TestServer, _ names: String...) async {
    for name in names { _ = await server.post(widgets, ["metadata": ["name": .string(name)]]) }
  }

  private func names(_ answer: TestServer.Answer) -> [String] {
    answer.json.items("items").map { $0.member("metadata").text("name") }
  }

  @Test func `pages are of one state, whatever is written meanwhile`() async throws {
    try await TestServer.run { server in
      await fill(server, "a", "b", "d", "e", "f")
      let first = await server.get(widgets + "?limit=2")
      #expect(names(first) == ["a", "b"])
      #expect(first.json[path: "metadata", "remainingItemCount"] == 3)
      await fill(server, "c")
      _ = await server.delete(widgets + "/d")
      let token = first.json.member("metadata").text("continue")
      let second = await server.get(widgets + "?limit=2&continue=" + token)
      #expect(names(second) == ["d", "e"])
      #expect(second.version == first.version)
      let rest = second.json.member("metadata").text("continue")
      let third = await server.get(widgets + "?limit=2&continue=" + rest)
      #expect(names(third) == ["f"])
      #expect(third.json[path: "metadata", "continue"] == nil)
      #expect(names(await server.get(widgets)) == ["a", "b", "c", "e", "f"])
    }
  }

  @Test func `a page of a state that was forgotten is 410, with a way to go on`() async throws {
    let store = MemoryStore()
    try await TestServer.run(store: store) { server in
      await fill(server, "a", "b", "c")
      let first = await server.get(widgets + "?limit=1")
      let token = first.json.member("metadata").text("continue")
      await fill(server, "d")
      _ = await server.get(widgets)  // The cache is past the state now.
      try await store.compact(at: try await store.currentRevision())
      let expired = await server.get(widgets + "?limit=1&continue=" + token)
      #expect(expired.code == 410)
      #expect(expired.reason == "Expired")
      let other = expired.json.member("metadata").text("continue")
      #expect(names(await server.get(widgets + "?continue=" + other)) == ["b", "c", "d"])
    }
  }

  @Test func `a list is of the state that was asked for`() async throws {
    let store = MemoryStore()
    try await TestServer.run(store: store) { server in
      await fill(server, "a")
      let old = await server.get(widgets).version
      await fill(server, "b")
      for query in ["", "?resourceVersion=0", "?resourceVersion=\(old)"] {
        #expect(names(await server.get(widgets + query)) == ["a", "b"], "\(query)")
      }
      let newer = "?resourceVersion=\(old)&resourceVersionMatch=NotOlderThan"
      #expect(names(await server.get(widgets + newer)) == ["a", "b"])
      let exact = await server.get(
        widgets + "?resourceVersion=\(old)&resourceVersionMatch=Exact")
      #expect(names(exact) == ["a"])
      #expect(exact.version == old)
      #expect(names(await server.get(widgets + "?resourceVersion=\(old)&limit=5")) == ["a"])
      try await store.compact(at: try await store.currentRevision())
      let gone = await server.get(
        widgets + "?resourceVersion=\(old)&resourceVersionMatch=Exact")
      #expect(gone.code == 410)
    }
  }

  @Test func `a state that is yet to come is waited for, and then told to be too far`() async throws
  {
    try await TestServer.run { server in
      async let answer = server.get(widgets + "?resourceVersion=1000")
      let isLate = LateFlag()
      let clock = Task {
        while !isLate.isSet {
          server.advance(by: .seconds(1))
          await Task.yield()
        }
      }
      let status = await answer
      isLate.set()
      await clock.value
      #expect(status.code == 504)
      #expect(status.reason == "Timeout")
      #expect(status.message.hasPrefix("Timeout: Too large resource version: 1000, current: "))
      #expect(
        status.json[path: "details", "causes"]?.array?.first?["reason"]
          == "ResourceVersionTooLarge")
    }
  }

  @Test func `selectors choose by label, field and namespace`() async throws {
    try await TestServer.run(namespaces: ["default", "other"]) { server in
      _ = await server.post(
        widgets,
        ["metadata": ["name": "a", "labels": ["tier": "front"]], "spec": ["color": "red"]])
      _ = await server.post(
        widgets, ["metadata": ["name": "b", "labels": ["tier": "back"]], "spec": ["color": "red"]])
      _ = await server.post(
        "/apis/test.io/v1/namespaces/other/widgets", ["metadata": ["name": "c"]])
      for (query, expected) in [
        ("labelSelector=tier%3Dfront", ["a"]), ("labelSelector=tier!%3Dfront", ["b"]),
        ("labelSelector=tier%20in%20(front,back)", ["a", "b"]), ("labelSelector=!tier", []),
        ("fieldSelector=spec.color%3Dred", ["a", "b"]),
        ("fieldSelector=metadata.name%3Db,spec.color%3Dred", ["b"]),
        ("fieldSelector=metadata.name!%3Db", ["a"]),
      ] {
        #expect(names(await server.get("\(widgets)?\(query)")) == expected, "\(query)")
      }
      #expect(names(await server.get("/apis/test.io/v1/widgets")) == ["a", "b", "c"])
      #expect(
        names(await server.get("/apis/test.io/v1/widgets?labelSelector=!tier")) == ["c"])
    }
  }
}
