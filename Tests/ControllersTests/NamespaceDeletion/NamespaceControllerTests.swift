import FakeAPIServer
import JSONTree
import KubernetesAPI
import KubernetesClient
import Testing

@testable import Controllers

struct NamespaceControllerTests {
  private let plane = Plane()
  private var server: FakeAPIServer { plane.server }
  private let key = ObjectKey(namespace: "", name: "default")

  private func conditions() -> [String: (status: String, message: String)] {
    var conditions: [String: (String, String)] = [:]
    for condition in server.object(Namespace.resource, key)?["status"]?["conditions"]?.array ?? [] {
      conditions[condition["type"]?.string ?? ""] = (
        condition["status"]?.string ?? "", condition["message"]?.string ?? ""
      )
    }
    return conditions
  }

  private func putNamespace() {
    server.put(
      Namespace(metadata: ObjectMeta(name: "default"), specFinalizers: ["kubernetes"]))
  }

  @Test func aNamespaceIsEmptiedAndGoes() async throws {
    putNamespace()
    server.put(Sample.pod("p", ip: "10.0.0.1"))
    server.put(Sample.service())
    plane.put(Plane.widget, "w")
    plane.put(Plane.secret, "s")
    var elsewhere = Sample.pod("other", ip: "10.0.0.2")
    elsewhere.metadata.namespace = "elsewhere"
    server.put(elsewhere)
    try await plane.run {
      #expect(await eventually { plane.slices(of: "web").count == 1 })
      try await server.client().delete(Namespace.self, key)
      #expect(await eventually { server.object(Namespace.resource, key) == nil })
      #expect(plane.metadata(Plane.widget, "w") == nil)
      #expect(plane.metadata(Plane.secret, "s") == nil)
      #expect(server.all(Pod.self).map(\.metadata.name) == ["other"])
      #expect(server.all(Service.self).isEmpty)
    }
  }

  @Test func whatStaysIsNamedInTheConditions() async throws {
    putNamespace()
    plane.put(Plane.widget, "w", finalizers: ["example.com/hold"])
    plane.put(Plane.secret, "s")
    try await plane.run {
      try await server.client().delete(Namespace.self, key)
      #expect(await eventually { conditions()["NamespaceContentRemaining"]?.status == "True" })
      let found = conditions()
      #expect(
        found["NamespaceContentRemaining"]?.message
          == "Some resources are remaining: widgets.example.com has 1 resource instances")
      #expect(
        found["NamespaceFinalizersRemaining"]?.message
          == "Some content in the namespace has finalizers remaining: example.com/hold in 1 "
          + "resource instances")
      #expect(found["NamespaceDeletionContentFailure"]?.status == "False")
      #expect(found["NamespaceDeletionDiscoveryFailure"]?.status == "False")
      #expect(found.count == 5)
      #expect(plane.metadata(Plane.secret, "s") == nil)
      plane.put(Plane.widget, "w")
      server.remove(
        Plane.widget, ObjectKey(namespace: "default", name: "w"))
      #expect(await eventually { server.object(Namespace.resource, key) == nil })
    }
  }

  @Test func podsGoFirst() async throws {
    putNamespace()
    var pod = Sample.pod("p", ip: "10.0.0.1")
    pod.metadata.finalizers = ["example.com/hold"]
    server.put(pod)
    plane.put(Plane.secret, "s")
    try await plane.run {
      try await server.client().delete(Namespace.self, key)
      #expect(await eventually { conditions()["NamespaceContentRemaining"]?.status == "True" })
      #expect(
        conditions()["NamespaceContentRemaining"]?.message
          == "Some resources are remaining: pods. has 1 resource instances")
      #expect(plane.metadata(Plane.secret, "s") != nil)
      server.remove(Pod.resource, pod.key)
      #expect(await eventually { server.object(Namespace.resource, key) == nil })
      #expect(plane.metadata(Plane.secret, "s") == nil)
    }
  }

  @Test func failuresAreNamedAndRepeated() async throws {
    putNamespace()
    plane.put(Plane.widget, "w")
    server.intercept { request in
      guard request.method == "DELETE", request.target.contains("widgets") else { return nil }
      throw APIStatus(code: 403, reason: .forbidden, message: "widgets are forbidden")
    }
    try await plane.run {
      try await server.client().delete(Namespace.self, key)
      #expect(
        await eventually { conditions()["NamespaceDeletionContentFailure"]?.status == "True" })
      #expect(
        conditions()["NamespaceDeletionContentFailure"]?.message
          == "Failed to delete all resource types, 1 remaining: widgets are forbidden")
      server.intercept(nil)
      #expect(await eventually { server.object(Namespace.resource, key) == nil })
    }
  }

  @Test func foreignFinalizersStayOn() async throws {
    server.put(
      Namespace(
        metadata: ObjectMeta(name: "default"), specFinalizers: ["kubernetes", "example.com/mine"]))
    try await plane.run {
      try await server.client().delete(Namespace.self, key)
      #expect(
        await eventually {
          server.find(Namespace.self, key)?.specFinalizers == ["example.com/mine"]
        })
    }
  }
}

struct NamespaceConditionsTests {
  private let now = Timestamp(seconds: 2000)

  @Test func transitionTimesChangeWithTheStatusOnly() throws {
    let first = try #require(
      NamespaceConditions.updated([], with: RemainingContent(), at: Timestamp(seconds: 1000)))
    #expect(NamespaceConditions.updated(first, with: RemainingContent(), at: now) == nil)
    var remaining = RemainingContent()
    remaining.objects = ["pods.": 2, "secrets.": 1]
    let second = try #require(NamespaceConditions.updated(first, with: remaining, at: now))
    for condition in second {
      let changed = condition["type"]?.string == "NamespaceContentRemaining"
      #expect(
        condition["lastTransitionTime"]?.string
          == (changed ? now : Timestamp(seconds: 1000)).description)
    }
    let third = NamespaceConditions.updated(second, with: RemainingContent(), at: now)
    #expect(third?.allSatisfy { $0["status"]?.string == "False" } == true)
  }
}
