package import KubernetesAPI
package import KubernetesClient
package import Logging

/// The informers several controllers read, with the indexes they search by.
package struct SharedInformers: Sendable {
  package let services: Informer<Service>
  package let pods: Informer<Pod>
  package let nodes: Informer<Node>
  package let slices: Informer<EndpointSlice>
  package let endpoints: Informer<Endpoints>
  package let namespaces: Informer<Namespace>

  package init(client: KubernetesClient, logger: Logger) {
    var services = InformerOptions<Service>()
    services.indexes[Index.selector] = { service in
      Self.selectorPair(service).map { [$0] } ?? []
    }
    self.services = Informer(client: client, options: services, logger: logger)
    var pods = InformerOptions<Pod>()
    pods.indexes[Index.label] = { pod in
      pod.metadata.labels.map { Self.pair(pod.metadata.namespace, $0.key, $0.value) }
    }
    pods.indexes[Index.node] = { [$0.nodeName] }
    pods.indexes[Index.controller] = { [$0.metadata.controller?.uid ?? ""] }
    pods.indexes[Index.orphan] = { pod in
      pod.metadata.controller == nil ? [pod.metadata.namespace] : []
    }
    self.pods = Informer(client: client, options: pods, logger: logger)
    nodes = Informer(client: client, logger: logger)
    var slices = InformerOptions<EndpointSlice>()
    slices.indexes[Index.service] = { slice in
      slice.serviceKey.map { [$0.description] } ?? []
    }
    self.slices = Informer(client: client, options: slices, logger: logger)
    endpoints = Informer(client: client, logger: logger)
    namespaces = Informer(client: client, logger: logger)
  }

  private enum Index {
    /// Services by one of the labels they select.
    static let selector = "selector"
    /// Pods by each of their labels.
    static let label = "label"
    /// Pods by the Node they are on.
    static let node = "node"
    /// Pods by the uid of their controller.
    static let controller = "controller"
    /// Pods without a controller by their namespace.
    static let orphan = "orphan"
    /// EndpointSlices by their Service.
    static let service = "service"
  }

  private static func pair(_ namespace: String, _ key: String, _ value: String) -> String {
    "\(namespace)/\(key)=\(value)"
  }

  private static func selectorPair(_ service: Service) -> String? {
    service.selector?.min { $0.key < $1.key }
      .map { pair(service.metadata.namespace, $0.key, $0.value) }
  }

  /// Runs all of them until the task is cancelled.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await services.run() }
      group.addTask { await pods.run() }
      group.addTask { await nodes.run() }
      group.addTask { await slices.run() }
      group.addTask { await endpoints.run() }
      group.addTask { await namespaces.run() }
    }
  }

  package var hasSynced: Bool {
    services.hasSynced && pods.hasSynced && nodes.hasSynced && slices.hasSynced
      && endpoints.hasSynced && namespaces.hasSynced
  }

  /// Throws `CancellationError` if the task is cancelled first.
  package func waitUntilSynced() async throws {
    try await services.waitUntilSynced()
    try await pods.waitUntilSynced()
    try await nodes.waitUntilSynced()
    try await slices.waitUntilSynced()
    try await endpoints.waitUntilSynced()
    try await namespaces.waitUntilSynced()
  }

  // MARK: Searching

  /// The Pods a Service selects.
  package func pods(of service: Service) -> [Pod] {
    guard let selector = service.selector, let pair = Self.selectorPair(service) else { return [] }
    return pods.objects(index: Index.label, value: pair).filter { pod in
      Self.selects(selector, pod.metadata.labels)
    }
  }

  /// The Services that select a Pod, as it is or (a former state of it) as it was.
  package func services(selecting pod: Pod) -> [Service] {
    pod.metadata.labels.flatMap { key, value in
      services.objects(
        index: Index.selector, value: Self.pair(pod.metadata.namespace, key, value))
    }.filter { Self.selects($0.selector ?? [:], pod.metadata.labels) }
  }

  package func pods(on node: String) -> [Pod] { pods.objects(index: Index.node, value: node) }

  /// The Pods an object controls.
  package func pods(controlledBy uid: String) -> [Pod] {
    pods.objects(index: Index.controller, value: uid)
  }

  /// The Pods of a namespace that nothing controls.
  package func orphans(in namespace: String) -> [Pod] {
    pods.objects(index: Index.orphan, value: namespace)
  }

  package func slices(of service: ObjectKey) -> [EndpointSlice] {
    slices.objects(index: Index.service, value: service.description)
  }

  private static func selects(_ selector: [String: String], _ labels: [String: String]) -> Bool {
    selector.allSatisfy { labels[$0.key] == $0.value }
  }
}
