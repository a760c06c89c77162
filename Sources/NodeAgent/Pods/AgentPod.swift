package import JSONTree
package import KubernetesAPI

/// A core/v1 Pod as the agent reads it: all of it, because what runs depends on nearly every field.
package struct AgentPod: KubernetesObject {
  package static let resource = Pod.resource

  package var metadata: ObjectMeta
  package let json: JSON

  package init(json: JSON) {
    self.json = json
    metadata = ObjectMeta(json: json["metadata"])
  }

  package var spec: JSON { json["spec"] ?? [:] }
  package var status: JSON { json["status"] ?? [:] }

  package var containers: [ContainerDefinition] {
    (spec["containers"]?.array ?? []).map { ContainerDefinition($0, role: .main) }
  }

  /// In the order they start. Those with `restartPolicy: Always` are sidecars.
  package var initContainers: [ContainerDefinition] {
    (spec["initContainers"]?.array ?? []).map {
      ContainerDefinition($0, role: $0["restartPolicy"]?.string == "Always" ? .sidecar : .initial)
    }
  }

  package var restartPolicy: String { spec["restartPolicy"]?.string ?? "Always" }
  package var hostNetwork: Bool { spec["hostNetwork"]?.bool ?? false }
  package var nodeName: String { spec["nodeName"]?.string ?? "" }
  package var phase: String { status["phase"]?.string ?? "Pending" }
  package var isTerminal: Bool { phase == "Succeeded" || phase == "Failed" }

  /// Seconds from the first signal to the last; what a deletion says goes before the spec.
  package var gracePeriod: Int64 {
    json[path: "metadata", "deletionGracePeriodSeconds"]?.integer
      ?? spec["terminationGracePeriodSeconds"]?.integer ?? 30
  }

  /// The name inside the Pod: the spec's, else the Pod's own, cut to the 63 bytes a host may have.
  package var hostname: String {
    var name = spec["hostname"]?.string ?? ""
    if name.isEmpty { name = metadata.name }
    name = String(name.prefix(63))
    while name.hasSuffix("-") || name.hasSuffix(".") { name.removeLast() }
    return name
  }

  /// `HOSTNAME.SUBDOMAIN.NAMESPACE.svc.DOMAIN`; nil for a Pod without a subdomain.
  package func qualifiedName(domain: String) -> String? {
    guard let subdomain = spec["subdomain"]?.string, !subdomain.isEmpty else { return nil }
    return "\(hostname).\(subdomain).\(metadata.namespace).svc.\(domain)"
  }
}

/// A container of a Pod's spec.
package struct ContainerDefinition: Sendable, Equatable {
  package enum Role: Sendable, Equatable {
    case initial, sidecar, main
  }

  package var json: JSON
  package var role: Role

  package init(_ json: JSON, role: Role) {
    self.json = json
    self.role = role
  }

  package var name: String { json["name"]?.string ?? "" }
  package var image: String { json["image"]?.string ?? "" }
  package var command: [String] { json["command"]?.strings ?? [] }
  package var arguments: [String] { json["args"]?.strings ?? [] }

  package func probe(_ kind: ProbeKind) -> ProbeDefinition? {
    json[kind.rawValue].map { ProbeDefinition(kind, $0) }
  }
}

/// What a probe's failures lead to.
package enum ProbeKind: String, Sendable, Hashable, CaseIterable {
  case startup = "startupProbe"
  case readiness = "readinessProbe"
  case liveness = "livenessProbe"
}

/// A probe with its timings, in seconds.
package struct ProbeDefinition: Sendable, Equatable {
  package var kind: ProbeKind
  package var json: JSON

  init(_ kind: ProbeKind, _ json: JSON) {
    self.kind = kind
    self.json = json
  }

  private func seconds(_ field: String, _ standard: Int64, least: Int64) -> Int64 {
    max(least, json[field]?.integer ?? standard)
  }

  package var initialDelay: Duration { .seconds(seconds("initialDelaySeconds", 0, least: 0)) }
  package var period: Duration { .seconds(seconds("periodSeconds", 10, least: 1)) }
  package var timeout: Duration { .seconds(seconds("timeoutSeconds", 1, least: 1)) }
  package var successThreshold: Int64 { seconds("successThreshold", 1, least: 1) }
  package var failureThreshold: Int64 { seconds("failureThreshold", 3, least: 1) }
  package var gracePeriod: Int64? { json["terminationGracePeriodSeconds"]?.integer }
}
