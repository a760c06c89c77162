package import JSONTree
package import KubernetesAPI
package import KubernetesClient
import Synchronization

/// An API server in memory that behaves as Kubernetes does where clients and controllers can tell,
/// without validation or defaults. Faults are injected by `intercept`.
package final class FakeAPIServer: KubernetesTransport {
  /// Answers a request in the server's place, or throws; nil lets the request through.
  package typealias Interceptor = @Sendable (APIRequest) throws -> APIResponse?

  struct State {
    var revision: UInt64 = 100
    var nextUID = 0
    var objects: [ResourceType: [ObjectKey: JSON]] = [:]
    /// Every change since `oldestRevision`, in order.
    var history: [Change] = []
    /// Watches may resume from here on.
    var oldestRevision: UInt64 = 0
    var watchers: [Int: Watcher] = [:]
    var nextWatcher = 0
    var requests: [APIRequest] = []
    var intercept: Interceptor?
    /// Bytes in each chunk of a streamed body; nil for one event a chunk.
    var chunkSize: Int?
    /// Resources whose watchers are told nothing for now, and what they are owed.
    var held: Set<ResourceType> = []
    var owed: [Change] = []
  }

  struct Change {
    var resource: ResourceType
    var type: String
    var object: JSON
    var revision: UInt64
  }

  struct Watcher {
    var selection: Selection
    var continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation
  }

  package let resources: [ResourceType]
  let time: TimeSource
  let state = Mutex(State())

  package static let coreResources: [ResourceType] = [
    Pod.resource, Service.resource, Endpoints.resource, Node.resource, Namespace.resource,
    EndpointSlice.resource, ReplicaSet.resource, Deployment.resource, StatefulSet.resource,
    DaemonSet.resource, Job.resource, ControllerRevision.resource,
    PersistentVolumeClaim.resource, PersistentVolume.resource, StorageClass.resource,
    Lease.resource,
    ResourceType(
      group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", isNamespaced: true),
    ResourceType(
      group: "", version: "v1", kind: "Event", plural: "events", isNamespaced: true),
  ]

  package init(
    resources: [ResourceType] = FakeAPIServer.coreResources, time: TimeSource = .system
  ) {
    self.resources = resources
    self.time = time
  }

  package func client(time: TimeSource? = nil) -> KubernetesClient {
    KubernetesClient(transport: self, time: time ?? self.time, random: { 0 })
  }

  // MARK: Controls

  package func intercept(_ interceptor: Interceptor?) {
    state.withLock { $0.intercept = interceptor }
  }

  package func setChunkSize(_ size: Int?) { state.withLock { $0.chunkSize = size } }

  package var requests: [APIRequest] { state.withLock(\.requests) }

  /// Requests that change something, such as `POST /api/v1/…`.
  package var writes: [String] {
    requests.filter { $0.method != "GET" }.map { "\($0.method) \($0.target)" }
  }

  package func forgetRequests() { state.withLock { $0.requests = [] } }

  package var openWatches: Int { state.withLock { $0.watchers.count } }

  package var revision: UInt64 { state.withLock(\.revision) }

  /// Forgets all history, so that watches cannot resume from before now.
  package func compact() {
    state.withLock { state in
      state.history = []
      state.oldestRevision = state.revision
    }
  }

  /// Ends all open watches, with an error or (with nil) as at their time.
  package func endWatches(_ error: (any Error)? = nil) {
    let watchers = state.withLock { state in
      defer { state.watchers = [:] }
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.continuation.finish(throwing: error) }
  }

  /// Sends a line to all open watches.
  package func sendToWatches(_ line: JSON) {
    state.withLock { state in
      for watcher in state.watchers.values { send(line, to: watcher, state.chunkSize) }
    }
  }

  /// Sends all open watches of a resource a bookmark at the current revision.
  package func sendBookmarks() {
    state.withLock { state in
      for watcher in state.watchers.values {
        let resource = watcher.selection.resource
        let line: JSON = [
          "type": "BOOKMARK",
          "object": [
            "kind": .string(resource.kind), "apiVersion": .string(resource.apiVersion),
            "metadata": ["resourceVersion": .string(String(state.revision))],
          ],
        ]
        send(line, to: watcher, state.chunkSize)
      }
    }
  }

  /// Lets watchers of a resource wait for what happens from now on.
  package func holdWatches(of resource: ResourceType) {
    state.withLock { _ = $0.held.insert(resource) }
  }

  /// Tells them everything.
  package func releaseWatches() {
    state.withLock { state in
      for change in state.owed { tell(change, state) }
      state.owed = []
      state.held = []
    }
  }

  // MARK: Objects, without a request

  package func object(_ resource: ResourceType, _ key: ObjectKey) -> JSON? {
    state.withLock { $0.objects[resource]?[key] }
  }

  package func all<Object: KubernetesObject>(_ type: Object.Type) -> [Object] {
    state.withLock { state in
      (state.objects[Object.resource] ?? [:]).values.map(Object.init(json:))
    }
  }

  package func find<Object: KubernetesObject>(
    _ type: Object.Type, _ key: ObjectKey
  ) -> Object? {
    object(Object.resource, key).map(Object.init(json:))
  }

  /// Creates an object, or replaces it whatever its resourceVersion. Gives it as stored.
  @discardableResult
  package func put<Object: KubernetesObject>(_ object: Object) -> Object {
    Object(json: put(Object.resource, object.json))
  }

  @discardableResult
  package func put(_ resource: ResourceType, _ object: JSON) -> JSON {
    state.withLock { state in
      let key = ObjectMeta(json: object["metadata"])
      let known = state.objects[resource]?[ObjectKey(namespace: key.namespace, name: key.name)]
      return store(resource, object, replacing: known, in: &state)
    }
  }

  /// Removes an object at once, finalizers or not.
  package func remove(_ resource: ResourceType, _ key: ObjectKey) {
    state.withLock { remove(resource, key, in: &$0) }
  }
}

// MARK: - Storing

extension FakeAPIServer {
  /// Stores an object under a new revision and tells the watchers.
  func store(
    _ resource: ResourceType, _ object: JSON, replacing known: JSON?, in state: inout State
  ) -> JSON {
    var object = object
    var metadata = object["metadata"] ?? [:]
    state.revision += 1
    metadata["resourceVersion"] = .string(String(state.revision))
    if let known {
      metadata["uid"] = known["metadata"]?["uid"]
      metadata["creationTimestamp"] = known["metadata"]?["creationTimestamp"]
    } else {
      if metadata["uid"] == nil {
        state.nextUID += 1
        metadata["uid"] = .string("uid-\(state.nextUID)")
      }
      if metadata["creationTimestamp"] == nil {
        metadata["creationTimestamp"] = .string(time.now().description)
      }
    }
    object["metadata"] = metadata
    object["apiVersion"] = .string(resource.apiVersion)
    object["kind"] = .string(resource.kind)
    state.objects[resource, default: [:]][Self.key(object)] = object
    publish(
      Change(
        resource: resource, type: known == nil ? "ADDED" : "MODIFIED", object: object,
        revision: state.revision),
      in: &state)
    return object
  }

  func remove(_ resource: ResourceType, _ key: ObjectKey, in state: inout State) {
    guard var object = state.objects[resource]?.removeValue(forKey: key) else { return }
    state.revision += 1
    var metadata = object["metadata"] ?? [:]
    metadata["resourceVersion"] = .string(String(state.revision))
    object["metadata"] = metadata
    publish(
      Change(resource: resource, type: "DELETED", object: object, revision: state.revision),
      in: &state)
  }

  static func key(_ object: JSON) -> ObjectKey {
    ObjectKey(
      namespace: object["metadata"]?["namespace"]?.string ?? "",
      name: object["metadata"]?["name"]?.string ?? "")
  }

  private func publish(_ change: Change, in state: inout State) {
    state.history.append(change)
    if state.held.contains(change.resource) {
      state.owed.append(change)
    } else {
      tell(change, state)
    }
  }

  func tell(_ change: Change, _ state: State) {
    for watcher in state.watchers.values where watcher.selection.matches(change) {
      send(Self.line(change), to: watcher, state.chunkSize)
    }
  }

  static func line(_ change: Change) -> JSON {
    ["type": .string(change.type), "object": change.object]
  }

  func send(_ line: JSON, to watcher: Watcher, _ chunkSize: Int?) {
    for chunk in Self.chunks(line.encoded() + [UInt8(ascii: "\n")], chunkSize) {
      watcher.continuation.yield(chunk)
    }
  }

  static func chunks(_ bytes: [UInt8], _ size: Int?) -> [[UInt8]] {
    guard let size else { return [bytes] }
    return stride(from: 0, to: bytes.count, by: size).map {
      Array(bytes[$0..<min($0 + size, bytes.count)])
    }
  }
}
