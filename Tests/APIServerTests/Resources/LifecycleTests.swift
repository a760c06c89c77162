import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

@Suite struct LifecycleTests {
  private let widgets = "/apis/test.io/v1/namespaces/default/widgets"

  @Test func anObjectIsCreatedReadChangedAndDeleted() async throws {
    try await TestServer.run { server in
      let created = await server.post(
        widgets, ["metadata": ["name": "one"], "spec": ["size": 1]])
      #expect(created.code == 201)
      let object = created.json
      #expect(object["kind"] == "Widget")
      #expect(object["apiVersion"] == "test.io/v1")
      #expect(object[path: "metadata", "namespace"] == "default")
      #expect(object[path: "metadata", "generation"] == 1)
      #expect(object[path: "metadata", "creationTimestamp"] == "2023-11-14T22:13:20Z")
      #expect(object[path: "metadata", "uid"]?.string?.count == 36)
      #expect(object[path: "spec", "color"] == "grey")
      #expect(created.text.hasPrefix(#"{"kind":"Widget","apiVersion":"test.io/v1","metadata":{"#))

      let read = await server.get(widgets + "/one")
      #expect(read.code == 200)
      #expect(read.json == object)

      var changed = object
      changed["spec"] = ["color": "red"]
      let updated = await server.put(widgets + "/one", changed)
      #expect(updated.code == 200)
      #expect(updated.json[path: "spec", "color"] == "red")
      #expect(updated.json[path: "metadata", "generation"] == 2)
      #expect(updated.version != created.version)

      let again = await server.put(widgets + "/one", updated.json)
      #expect(again.version == updated.version)

      let list = await server.get(widgets)
      #expect(list.json["kind"] == "WidgetList")
      #expect(list.json["items"]?.array?.count == 1)
      #expect(list.json["items"]?.array?.first?["kind"] == nil)

      let deleted = await server.delete(widgets + "/one")
      #expect(deleted.code == 200)
      #expect(deleted.json["status"] == "Success")
      #expect(deleted.json[path: "details", "uid"] == object[path: "metadata", "uid"])
      #expect(await server.get(widgets + "/one").code == 404)
    }
  }

  @Test func aWatchSeesWhatHappens() async throws {
    try await TestServer.run { server in
      var watch = await server.watch(widgets + "?watch=true")
      _ = await server.post(widgets, ["metadata": ["name": "one"]])
      _ = await server.put(
        widgets + "/one", ["metadata": ["name": "one"], "spec": ["color": "red"]])
      _ = await server.delete(widgets + "/one")
      let events = try await watch.next(3)
      #expect(events.map(\.summary) == ["ADDED one", "MODIFIED one", "DELETED one"])
      #expect(Set(events.map(\.version)).count == 3)
    }
  }
}
