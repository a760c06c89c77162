package import KubernetesAPI

/// Which hostnames Services are going to have: said by StatefulSets, which will run so many Pods
/// with known names, and by Pods that are scheduled and have no address yet.
///
/// Who asks for such a name asks a moment too early; a denial that may be kept would make the name
/// dead for as long.
struct ExpectedNames {
  /// What one object says.
  struct Claim: Sendable, Equatable {
    var service: ObjectKey
    var hostnames: Set<String>
  }

  /// Says claims apart: a StatefulSet and a Pod may have the same name.
  enum Source: Hashable {
    case statefulSet(ObjectKey)
    case pod(ObjectKey)
  }

  private var claims: [Source: Claim] = [:]
  private var sources: [ObjectKey: Set<Source>] = [:]

  /// Replaces what one object says; returns the Services whose expected names may differ now.
  mutating func set(_ source: Source, _ claim: Claim?) -> [ObjectKey] {
    let old = claims[source]
    guard old != claim else { return [] }
    if let old {
      sources[old.service]?.remove(source)
      if sources[old.service]?.isEmpty == true { sources[old.service] = nil }
    }
    claims[source] = claim
    if let claim { sources[claim.service, default: []].insert(source) }
    return Set([old?.service, claim?.service].compactMap(\.self)).sorted()
  }

  func hostnames(of service: ObjectKey) -> Set<String> {
    guard let sources = sources[service] else { return [] }
    return sources.reduce(into: []) { $0.formUnion(claims[$1]?.hostnames ?? []) }
  }
}

/// What names need of a StatefulSet.
package struct ExpectedSet: Sendable, Equatable {
  package var key: ObjectKey
  package var serviceName: String
  /// `spec.ordinals.start`.
  package var firstOrdinal: Int
  package var replicas: Int

  package init(key: ObjectKey, serviceName: String, firstOrdinal: Int = 0, replicas: Int) {
    self.key = key
    self.serviceName = serviceName
    self.firstOrdinal = firstOrdinal
    self.replicas = replicas
  }

  /// More Pods than a cluster has (Kubernetes tests 150 000) are no plan but a slip.
  static let mostReplicas = 200_000

  var claim: ExpectedNames.Claim? {
    guard !serviceName.isEmpty, replicas > 0, firstOrdinal >= 0,
      firstOrdinal <= Int(Int32.max)
    else { return nil }
    let ordinals = firstOrdinal..<(firstOrdinal + min(replicas, Self.mostReplicas))
    return ExpectedNames.Claim(
      service: ObjectKey(namespace: key.namespace, name: serviceName),
      hostnames: Set(ordinals.map { "\(key.name)-\($0)" }))
  }
}

/// What names need of a Pod.
package struct PodRecord: Sendable, Equatable {
  package var key: ObjectKey
  /// Those others may reach it at: none once it has run to its end, when they may be another's.
  package var addresses: [IPAddress]
  /// Its addresses are its Node's.
  var usesHostNetwork: Bool
  /// The name it is going to have, while it is scheduled and not there yet.
  var claim: ExpectedNames.Claim?

  package init(_ pod: Pod) {
    key = pod.key
    usesHostNetwork = pod.hostNetwork
    addresses = pod.isTerminal ? [] : pod.podIPs.compactMap { IPAddress($0) }
    if !pod.hostname.isEmpty, !pod.subdomain.isEmpty, !pod.nodeName.isEmpty, !pod.isTerminal,
      !pod.metadata.isBeingDeleted
    {
      claim = ExpectedNames.Claim(
        service: ObjectKey(namespace: pod.metadata.namespace, name: pod.subdomain),
        hostnames: [pod.hostname])
    }
  }
}
