import FakeAPIServer
import JSONTree
import KubernetesAPI
import KubernetesClient
import Testing

@testable import Controllers

struct EndpointControllersTests {
  private let plane = Plane()
  private var server: FakeAPIServer { plane.server }
  private let key = ObjectKey(namespace: "default", name: "web")

  private func service(_ change: (inout Service) -> Void = { _ in }) -> Service {
    var service = Sample.service()
    service.metadata.uid = ""
    change(&service)
    return service
  }

  private func pod(
    _ name: String, _ ip: String, ready: Bool = true, node: String = "node-1"
  ) -> Pod {
    var pod = Sample.pod(name, ip: ip, ready: ready, node: node)
    pod.metadata.uid = ""
    return pod
  }

  @Test func endpointsFollowPodsAndServices() async throws {
    server.put(Sample.node("node-1", zone: "a"))
    server.put(pod("p1", "10.0.0.1"))
    try await plane.run {
      server.put(service())
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      #expect(await eventually { plane.legacy("web") == ["10.0.0.1"] })
      server.put(pod("p2", "10.0.0.2", ready: false))
      #expect(await eventually { plane.published("web") == ["(10.0.0.2)", "10.0.0.1"] })
      #expect(await eventually { plane.legacy("web") == ["(10.0.0.2)", "10.0.0.1"] })
      server.put(pod("p2", "10.0.0.2"))
      #expect(await eventually { plane.published("web") == ["10.0.0.1", "10.0.0.2"] })
      server.remove(Pod.resource, ObjectKey(namespace: "default", name: "p1"))
      #expect(await eventually { plane.published("web") == ["10.0.0.2"] })
      // A Pod that no longer carries the label leaves.
      var other = pod("p2", "10.0.0.2")
      other.metadata.labels = ["app": "other"]
      server.put(other)
      #expect(await eventually { plane.published("web") == [] })
      #expect(await eventually { plane.legacy("web") == [] })
      #expect(plane.slices(of: "web").count == 1)
      // The Service turns to the Pods that carry it.
      server.put(service { $0.selector = ["app": "other"] })
      #expect(await eventually { plane.published("web") == ["10.0.0.2"] })
    }
  }

  @Test func aPodEntersWhenItsNodeAppears() async throws {
    server.put(pod("p1", "10.0.0.1", node: "late"))
    server.put(service())
    try await plane.run {
      #expect(await eventually { plane.slices(of: "web").count == 1 })
      #expect(plane.published("web") == [])
      server.put(Sample.node("late", zone: "z"))
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      #expect(plane.slices(of: "web").first?.endpoints.first?.zone == "z")
      server.put(Sample.node("late", zone: "y"))
      #expect(await eventually { plane.slices(of: "web").first?.endpoints.first?.zone == "y" })
    }
  }

  @Test func servicesWithoutSelectorAndExternalNamesGetNothing() async throws {
    server.put(service { $0.selector = nil })
    server.put(
      service {
        $0.metadata.name = "external"
        $0.type = .externalName
      })
    server.put(service { $0.metadata.name = "plain" })
    try await plane.run {
      #expect(await eventually { plane.slices(of: "plain").count == 1 })
      #expect(plane.slices(of: "web").isEmpty)
      #expect(plane.slices(of: "external").isEmpty)
      #expect(server.all(Endpoints.self).map(\.metadata.name) == ["plain"])
    }
  }

  @Test func whatSomeoneElseChangesIsPutRight() async throws {
    server.put(Sample.node("node-1"))
    server.put(pod("p1", "10.0.0.1"))
    server.put(service())
    try await plane.run {
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      var slice = try #require(plane.slices(of: "web").first)
      slice.endpoints = []
      server.put(slice)
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      server.remove(EndpointSlice.resource, slice.key)
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      #expect(await eventually { plane.legacy("web") == ["10.0.0.1"] })
      server.remove(Endpoints.resource, key)
      #expect(await eventually { plane.legacy("web") == ["10.0.0.1"] })
    }
  }

  @Test func aStaleViewIsNotActedOn() async throws {
    server.put(Sample.node("node-1"))
    server.put(service())
    server.put(pod("p1", "10.0.0.1"))
    try await plane.run {
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      #expect(await eventually { plane.legacy("web") == ["10.0.0.1"] })
      // From here on the controllers do not see what they write.
      server.holdWatches(of: EndpointSlice.resource)
      server.holdWatches(of: Endpoints.resource)
      server.put(pod("p2", "10.0.0.2"))
      #expect(await eventually { plane.published("web").count == 2 })
      #expect(await eventually { plane.legacy("web").count == 2 })
      server.forgetRequests()
      server.put(pod("p3", "10.0.0.3"))
      server.put(pod("p1", "10.0.0.1", ready: false))
      server.put(service { $0.metadata.labels["turn"] = "1" })
      // Another Service shows that the queue has moved on.
      server.put(
        service {
          $0.metadata.name = "other"
          $0.selector = ["none": "none"]
        })
      #expect(await eventually { plane.slices(of: "other").count == 1 })
      #expect(
        await eventually {
          server.find(Endpoints.self, ObjectKey(namespace: "default", name: "other")) != nil
        })
      #expect(!server.writes.contains { $0.contains("/web") }, "\(server.writes)")
      server.releaseWatches()
      #expect(
        await eventually { plane.published("web") == ["(10.0.0.1)", "10.0.0.2", "10.0.0.3"] })
      #expect(await eventually { plane.legacy("web") == ["(10.0.0.1)", "10.0.0.2", "10.0.0.3"] })
      #expect(plane.slices(of: "web").count == 1)
    }
  }

  @Test func aFlipIsOneWriteAndItsEchoNone() async throws {
    server.put(Sample.node("node-1"))
    server.put(service())
    server.put(pod("p1", "10.0.0.1"))
    try await plane.run {
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      #expect(await eventually { plane.legacy("web") == ["10.0.0.1"] })
      server.forgetRequests()
      server.put(pod("p1", "10.0.0.1", ready: false))
      #expect(await eventually { plane.published("web") == ["(10.0.0.1)"] })
      #expect(await eventually { plane.legacy("web") == ["(10.0.0.1)"] })
      server.put(pod("p1", "10.0.0.1"))
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
      #expect(await eventually { plane.legacy("web") == ["10.0.0.1"] })
      #expect(server.writes.count == 4, "\(server.writes)")
    }
  }

  @Test func failingWritesAreRepeatedAndReported() async throws {
    server.put(Sample.node("node-1"))
    server.put(pod("p1", "10.0.0.1"))
    server.intercept { request in
      guard request.method == "POST", request.target.contains("endpointslices") else { return nil }
      throw APIStatus.internalError("no luck")
    }
    try await plane.run {
      server.put(service())
      #expect(await eventually { server.writes.filter { $0.contains("slices") }.count >= 3 })
      #expect(
        await eventually {
          server.requests.contains {
            $0.method == "POST" && $0.target == "/api/v1/namespaces/default/events"
          }
        })
      let event = try #require(
        server.requests.first { $0.target.hasSuffix("/events") && $0.method == "POST" })
      let json = try JSON(parsing: event.body)
      #expect(json["reason"]?.string == "FailedToUpdateEndpointSlices")
      #expect(json["involvedObject"]?["kind"]?.string == "Service")
      #expect(json["source"]?["component"]?.string == "endpoint-slice-controller")
      server.intercept(nil)
      #expect(await eventually { plane.published("web") == ["10.0.0.1"] })
    }
  }

  @Test func endpointsGoWithTheirServiceAndHandMadeOnesStay() async throws {
    server.put(service())
    var handMade = Endpoints(metadata: ObjectMeta(name: "mine", namespace: "default"))
    handMade.subsets = [
      .init(
        addresses: [.init(ip: "192.0.2.1")],
        ports: [.init(name: "", port: 1, transport: .tcp)])
    ]
    let stored = server.put(handMade)
    var leftover = Endpoints(metadata: ObjectMeta(name: "leftover", namespace: "default"))
    leftover.metadata.labels[EndpointsReconciler.managedByLabel] = EndpointsReconciler.managerName
    server.put(leftover)
    try await plane.run {
      #expect(
        await eventually {
          Set(server.all(Endpoints.self).map(\.metadata.name)) == ["web", "mine"]
        })
      server.remove(Service.resource, key)
      #expect(await eventually { server.all(Endpoints.self).map(\.metadata.name) == ["mine"] })
      #expect(server.all(Endpoints.self) == [stored])
    }
  }

  @Test func handMadeEndpointsAreMirrored() async throws {
    var endpoints = Endpoints(metadata: ObjectMeta(name: "web", namespace: "default"))
    endpoints.subsets = [
      .init(
        addresses: [.init(ip: "192.0.2.1")],
        ports: [.init(name: "sql", port: 5432, transport: .tcp)])
    ]
    server.put(endpoints)
    try await plane.run {
      server.put(service { $0.selector = nil })
      #expect(await eventually { plane.published("web") == ["192.0.2.1"] })
      endpoints.subsets[0].addresses.append(.init(ip: "192.0.2.2"))
      server.put(endpoints)
      #expect(await eventually { plane.published("web") == ["192.0.2.1", "192.0.2.2"] })
      // A label asks to leave them alone.
      endpoints.metadata.labels[MirroringReconciler.skipLabel] = "true"
      server.put(endpoints)
      #expect(await eventually { plane.slices(of: "web").isEmpty })
      endpoints.metadata.labels = [:]
      server.put(endpoints)
      #expect(await eventually { plane.slices(of: "web").count == 1 })
      // With a selector the Service has endpoints of its own.
      server.put(service())
      #expect(await eventually { plane.published("web") == [] })
      #expect(
        await eventually {
          plane.slices(of: "web").map { $0.metadata.labels[EndpointSlice.managedByLabel] }
            == [EndpointSliceReconciler.managerName]
        })
    }
  }
}
