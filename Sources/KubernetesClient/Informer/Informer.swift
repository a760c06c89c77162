import JSONTree
package import KubernetesAPI
package import Logging
import Synchronization

/// Keeps a view of all objects of one type current, by one list and then a watch, and reports every
/// change in order.
///
/// The view survives failures of the server: it stays as it was, the watch goes on where it broke
/// off, and where the server has forgotten that place a new list is compared with the view, so that
/// objects that did not change raise nothing.
///
/// Reading is safe from any thread. Changes enter the view before their handlers run, one batch
/// after another.
package final class Informer<Object: KubernetesObject>: Sendable {
  /// Called with the changes of one chunk of the server's answer. Runs on the informer's own task:
  /// what it does delays the changes behind it.
  package typealias Handler = @Sendable ([InformerEvent<Object>]) -> Void

  package let options: InformerOptions<Object>
  let client: KubernetesClient
  let logger: Logger
  private let gate = SyncGate()
  private let state: Mutex<State>

  struct State: Sendable {
    var view: InformerView<Object>
    var handlers: [Handler] = []
    /// Up to where the view is complete; empty before the first list.
    var resourceVersion = ""
    /// Uptime at which the server last told something.
    var lastContact: Duration?
  }

  package init(
    client: KubernetesClient, options: InformerOptions<Object> = InformerOptions(), logger: Logger
  ) {
    self.client = client
    self.options = options
    var logger = logger
    logger[metadataKey: "resource"] = "\(options.resource.qualifiedPlural)"
    self.logger = logger
    state = Mutex(State(view: InformerView(options: options)))
  }

  /// Adds a handler, before `run`. Handlers are called in the order they were added.
  package func addHandler(_ handler: @escaping Handler) {
    state.withLock { $0.handlers.append(handler) }
  }

  // MARK: The view

  /// The object as last seen. Always nil for an informer that keeps nothing.
  package func object(_ key: ObjectKey) -> Object? { state.withLock { $0.view.object(key) } }

  /// All objects, in no order.
  package var objects: [Object] { state.withLock { $0.view.objects } }

  /// The objects an index finds under a value, in no order.
  package func objects(index: String, value: String) -> [Object] {
    state.withLock { $0.view.objects(index: index, value: value) }
  }

  package var count: Int { state.withLock { $0.view.count } }

  /// Whether the first list is complete and its handlers have run.
  package var hasSynced: Bool { gate.isOpen }

  /// Throws `CancellationError` if the task is cancelled first.
  package func waitUntilSynced() async throws { try await gate.wait() }

  /// Up to where in the server's history the view is complete; empty before the first list.
  package var resourceVersion: String { state.withLock(\.resourceVersion) }

  /// How long ago the server last told something (an object, a bookmark, the end of a list); nil
  /// before it told anything. The view may lack changes of that time.
  package var age: Duration? {
    state.withLock(\.lastContact).map { client.time.uptime() - $0 }
  }

  // MARK: Changes

  func beginList() { state.withLock { $0.view.beginList() } }

  func endList(resourceVersion: String) {
    var events = state.withLock { state in
      state.resourceVersion = resourceVersion
      return state.view.endList()
    }
    if !hasSynced { events.append(.synced) }
    deliver(events)
    gate.open()
  }

  /// Applies listed items, or a watch's events; `resourceVersion` is where a watch now stands.
  func apply(_ changes: [Change], resourceVersion: String? = nil) {
    let now = client.time.uptime()
    let events = state.withLock { state in
      state.lastContact = now
      if let resourceVersion, !resourceVersion.isEmpty { state.resourceVersion = resourceVersion }
      return changes.compactMap { change in
        switch change {
        case .present(let object): state.view.apply(object)
        case .gone(let object): state.view.remove(object.key, last: object)
        }
      }
    }
    deliver(events)
  }

  enum Change {
    case present(Object)
    case gone(Object)
  }

  private func deliver(_ events: [InformerEvent<Object>]) {
    guard !events.isEmpty else { return }
    for handler in state.withLock(\.handlers) { handler(events) }
  }
}
