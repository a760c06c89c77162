package import KubernetesAPI

/// All Services and slices as the proxy knows them, and the rules that follow; recomputes only what
/// a change touches.
package struct ProxyModel: Sendable {
  private struct Known: Sendable {
    var service: Service?
    var slices: [String: ProxySlice] = [:]
    var computed = ServiceRules()
    var frontends: Set<Frontend> = []
  }

  /// What changed with one Service since the last call of `takeChanges`.
  package struct Change: Sendable, Equatable {
    package var service: ObjectKey
    /// Without the frontends another Service won. Empty when the Service is gone.
    package var rules: [FrontendRule]
    package var losses: [FrontendClaims.Loss]
  }

  package private(set) var node: ProxyNode
  private var known: [ObjectKey: Known] = [:]
  /// Which Service a slice belongs to: its label may change.
  private var owners: [ObjectKey: ObjectKey] = [:]
  private var claims = FrontendClaims()
  private var dirty: Set<ObjectKey> = []

  package init(node: ProxyNode) { self.node = node }

  // Kept as changes come: a sync costs the same however many Services there are.
  package private(set) var serviceCount = 0
  /// Services that want a health-check port, with the ready endpoints this node has.
  private var healthCheckTable: [ObjectKey: HealthCheck] = [:]
  private var lacking: (internally: Int, externally: Int) = (0, 0)

  package var isDirty: Bool { !dirty.isEmpty }

  package mutating func setZone(_ zone: String?) {
    guard node.zone != zone else { return }
    node.zone = zone
    dirty.formUnion(known.keys)
  }

  /// - Parameter service: nil when it is gone.
  package mutating func set(_ key: ObjectKey, _ service: Service?) {
    if service == nil, known[key] == nil { return }
    let wasKnown = known[key]?.service != nil
    serviceCount += (service != nil ? 1 : 0) - (wasKnown ? 1 : 0)
    known[key, default: Known()].service = service
    dirty.insert(key)
  }

  /// - Parameter slice: nil when it is gone.
  package mutating func set(_ key: ObjectKey, _ slice: EndpointSlice?) {
    let owner = slice?.metadata.isBeingDeleted == true ? nil : slice?.serviceKey
    let before = owners[key]
    if let before, before != owner {
      known[before]?.slices[key.name] = nil
      dirty.insert(before)
    }
    owners[key] = owner
    guard let owner, let slice else { return }
    let compact = ProxySlice(slice, node: node.name)
    if known[owner]?.slices[key.name] == compact { return }
    known[owner, default: Known()].slices[key.name] = compact
    dirty.insert(owner)
  }

  /// The Services whose rules changed, in order.
  package mutating func takeChanges() -> [Change] {
    var changed: Set<ObjectKey> = []
    for key in dirty.sorted() {
      guard var item = known[key] else { continue }
      let computed =
        item.service.map {
          ServiceRules($0, item.slices.sorted { $0.key < $1.key }.map(\.value), node: node)
        } ?? ServiceRules()
      let frontends = Set(computed.rules.map(\.frontend))
      let touched = claims.replace(
        item.frontends, by: frontends,
        external: Set(computed.rules.lazy.filter(\.isExternal).map(\.frontend)),
        created: item.service?.metadata.creationTimestamp, of: key)
      // A Service made anew may want the same as before, and lose it to one that is older now.
      if computed != item.computed || !touched.isEmpty { changed.insert(key) }
      changed.formUnion(touched)
      count(item.computed, -1)
      count(computed, 1)
      healthCheckTable[key] = Self.healthCheck(key, item.service, computed)
      item.computed = computed
      item.frontends = frontends
      known[key] = item.service == nil && item.slices.isEmpty ? nil : item
      if item.service == nil { changed.insert(key) }
    }
    dirty = []
    return changed.sorted().map(change)
  }

  fileprivate var allKeys: [ObjectKey] { known.keys.sorted() }

  fileprivate func change(_ key: ObjectKey) -> Change {
    var change = Change(service: key, rules: [], losses: [])
    for rule in known[key]?.computed.rules ?? [] {
      if let winner = claims.winner(rule.frontend), winner != key {
        change.losses.append(.init(frontend: rule.frontend, winner: winner))
      } else {
        change.rules.append(rule)
      }
    }
    return change
  }

  // MARK: What others ask

  package func service(_ key: ObjectKey) -> Service? { known[key]?.service }

  package func slices(_ key: ObjectKey) -> [ProxySlice] {
    (known[key]?.slices ?? [:]).sorted { $0.key < $1.key }.map(\.value)
  }

  package var healthChecks: [HealthCheck] { Array(healthCheckTable.values) }

  private static func healthCheck(
    _ key: ObjectKey, _ service: Service?, _ computed: ServiceRules
  ) -> HealthCheck? {
    guard let service, service.traffic.healthCheckNodePort > 0, service.type == .loadBalancer,
      service.traffic.externalPolicy == .local
    else { return nil }
    return HealthCheck(
      service: key, port: service.traffic.healthCheckNodePort,
      localEndpoints: computed.localReady)
  }

  private mutating func count(_ rules: ServiceRules, _ sign: Int) {
    if rules.lacksLocalInternally { lacking.internally += sign }
    if rules.lacksLocalExternally { lacking.externally += sign }
  }

  /// Services without an endpoint here where their internal, or external, policy wants one.
  package var withoutLocalEndpoints: (internally: Int, externally: Int) { lacking }
}

/// What a Service's health-check port tells load balancers.
package struct HealthCheck: Sendable, Hashable {
  package var service: ObjectKey
  package var port: UInt16
  package var localEndpoints: Int
}

extension ProxyModel {
  /// The rules of every Service, in order, however old.
  package func allChanges() -> [Change] { allKeys.map(change) }
}
