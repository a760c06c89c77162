import DNSMessage
package import KubernetesAPI
package import KubernetesClient

/// Gathers what an explanation needs from an API server.
package struct ExplainCollector: Sendable {
  private let client: KubernetesClient
  private let zone: ZoneConfiguration

  package init(client: KubernetesClient, zone: ZoneConfiguration) {
    self.client = client
    self.zone = zone
  }

  /// The objects that decide about a name: all Services, and what else the namespaces have which
  /// it may be in. What may not be read is taken not to be there, Services excepted.
  ///
  /// - Throws: `APIStatus` or `TransportError` if Services cannot be read.
  package func view(
    for name: String, from asker: ObjectKey?, namespace: String
  ) async throws -> ExplainView {
    var view = ExplainView(zone: zone)
    view.services = try await client.list(Service.self)
    view.namespaces = await optional(Namespace.self, nil).map { Set($0.map(\.metadata.name)) }
    for namespace in namespaces(of: name, asker, namespace) {
      view.slices += await optional(EndpointSlice.self, namespace) ?? []
      view.pods += await optional(ExplainedPod.self, namespace) ?? []
      view.statefulSets += await optional(StatefulSetOrdinals.self, namespace) ?? []
    }
    return view
  }

  private func optional<Object: KubernetesObject>(
    _ type: Object.Type, _ namespace: String?
  ) async -> [Object]? {
    try? await client.list(type, namespace: namespace)
  }

  /// The namespaces whose objects decide about some candidate.
  private func namespaces(
    of name: String, _ asker: ObjectKey?, _ namespace: String
  ) -> [String] {
    let own = asker?.namespace ?? namespace
    var namespaces: Set<String> = [own]
    let explainer = Explainer(ExplainView(zone: zone))
    let path = SearchPath.clusterFirst(namespace: own, domain: explainer.domain)
    for candidate in path.candidates(for: name) + [name] {
      guard let name = DomainName(candidate), name.isWithin(zone.domain) else { continue }
      if let found = explainer.shape(of: name).namespace, !found.isEmpty {
        namespaces.insert(found)
      }
    }
    return namespaces.sorted()
  }
}
