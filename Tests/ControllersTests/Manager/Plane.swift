import FakeAPIServer
import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging

@testable import Controllers

/// All controllers at work on an API server in memory, on the machine's own clocks.
struct Plane {
  let server: FakeAPIServer
  let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

  static let widget = ResourceType(
    group: "example.com", version: "v1", kind: "Widget", plural: "widgets", isNamespaced: true)
  static let secret = ResourceType(
    group: "", version: "v1", kind: "Secret", plural: "secrets", isNamespaced: true)

  init() {
    server = FakeAPIServer(resources: FakeAPIServer.coreResources + [Self.widget, Self.secret])
  }

  /// Runs the controllers while the body runs.
  func run(_ body: () async throws -> Void) async throws {
    var configuration = ControllerManager.Configuration()
    // Pods of these tests are on Nodes that do not exist.
    configuration.selection = ControllerSelection("*,-pod-garbage-collector,-default-scheduler")
    let manager = ControllerManager(
      client: server.client(), logger: logger, configuration: configuration)
    let task = Task { await manager.run() }
    do {
      try await manager.waitUntilSynced()
      try await body()
    } catch {
      task.cancel()
      throw error
    }
    task.cancel()
    await task.value
  }

  func slices(of name: String) -> [EndpointSlice] {
    server.all(EndpointSlice.self).filter { $0.serviceKey?.name == name }
  }

  /// `10.0.0.1` for a ready endpoint, `(10.0.0.1)` for another, sorted.
  func published(_ name: String) -> [String] {
    slices(of: name).flatMap(\.endpoints).map { endpoint in
      let address = endpoint.addresses.joined(separator: "+")
      return endpoint.isReady ? address : "(\(address))"
    }.sorted()
  }

  /// The same, of the Endpoints object.
  func legacy(_ name: String) -> [String] {
    let object = server.find(Endpoints.self, ObjectKey(namespace: "default", name: name))
    return (object?.subsets ?? []).flatMap { subset in
      subset.addresses.map(\.ip) + subset.notReadyAddresses.map { "(\($0.ip))" }
    }.sorted()
  }

  /// An object of a type no controller knows.
  @discardableResult
  func put(
    _ resource: ResourceType, _ name: String, owners: [OwnerReference] = [],
    finalizers: [String] = []
  ) -> ObjectMeta {
    var metadata = ObjectMeta(name: name, namespace: "default", ownerReferences: owners)
    metadata.finalizers = finalizers
    return ObjectMeta(json: server.put(resource, ["metadata": metadata.json])["metadata"])
  }

  func reference(
    _ resource: ResourceType, _ owner: ObjectMeta, blocks: Bool = true
  ) -> OwnerReference {
    OwnerReference(
      apiVersion: resource.apiVersion, kind: resource.kind, name: owner.name, uid: owner.uid,
      blockOwnerDeletion: blocks)
  }

  func metadata(_ resource: ResourceType, _ name: String) -> ObjectMeta? {
    server.object(resource, ObjectKey(namespace: "default", name: name)).map {
      ObjectMeta(json: $0["metadata"])
    }
  }
}
