import JSONTree
import KubernetesAPI
import KubernetesClient

/// Brings objects into the state their manifests describe, as `kubectl apply` does: creates what is
/// missing, and changes what is there by a patch that also removes what the manifest applied before
/// held and this one no longer does.
struct ManifestApplier: Sendable {
  static let lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration"

  enum Outcome: String, Sendable {
    case created, configured, unchanged
  }

  private let client: KubernetesClient
  private var served: [String: [String: ResourceType]] = [:]

  init(client: KubernetesClient) { self.client = client }

  /// - Throws: `CommandFailure` with `dataError`, naming the manifest, where the server refuses.
  mutating func apply(_ document: ManifestDocument) async throws -> Outcome {
    let resource = try await resource(of: document)
    let namespace = resource.isNamespaced ? document.namespace ?? "default" : ""
    let key = ObjectKey(namespace: namespace, name: document.name)
    do {
      return try await apply(document.object, resource, key)
    } catch let status as APIStatus {
      throw CommandFailure(.dataError, "\(document.origin): \(status.message)")
    }
  }

  private func apply(
    _ manifest: JSON, _ resource: ResourceType, _ key: ObjectKey
  ) async throws -> Outcome {
    var desired = manifest
    desired["metadata"]?["namespace"] = key.namespace.isEmpty ? nil : .string(key.namespace)
    let applied = desired.text + "\n"
    var annotations = desired[path: "metadata", "annotations"] ?? [:]
    annotations[Self.lastAppliedAnnotation] = .string(applied)
    desired["metadata"]?["annotations"] = annotations

    let current: JSON
    do {
      current = try await client.get(resource, key)
    } catch let status as APIStatus where status.isNotFound {
      _ = try await client.create(
        resource, namespace: key.namespace.isEmpty ? nil : key.namespace, desired)
      return .created
    }
    let before = current[path: "metadata", "annotations", Self.lastAppliedAnnotation]?.string
    let previous = before.flatMap { try? JSON(parsing: $0) } ?? [:]
    let patch = Self.patch(from: previous, to: desired)
    let result = try await client.patch(resource, key, .merge, patch)
    let versions = [current, result].map { $0[path: "metadata", "resourceVersion"] }
    return versions[0] == versions[1] ? .unchanged : .configured
  }

  /// The merge patch (RFC 7386) that sets what is desired and removes what was applied before and
  /// is desired no more. What others set stays.
  static func patch(from previous: JSON, to desired: JSON) -> JSON {
    guard let new = desired.object else { return desired }
    var patch = JSONObject()
    for member in new {
      patch[member.key] = Self.patch(from: previous[member.key] ?? [:], to: member.value)
    }
    for member in previous.object ?? [:] where new[member.key] == nil {
      patch[member.key] = .some(.null)
    }
    return .object(patch)
  }

  /// The resource that serves a manifest's kind, as the server's discovery says.
  private mutating func resource(of document: ManifestDocument) async throws -> ResourceType {
    if served[document.apiVersion] == nil {
      served[document.apiVersion] = try await discover(document.apiVersion)
    }
    guard let resource = served[document.apiVersion]?[document.kind] else {
      throw CommandFailure(
        .dataError,
        "\(document.origin): no matches for kind \"\(document.kind)\" in version "
          + "\"\(document.apiVersion)\"")
    }
    return resource
  }

  private func discover(_ apiVersion: String) async throws -> [String: ResourceType] {
    let parts = apiVersion.split(separator: "/", maxSplits: 1).map(String.init)
    let path = parts.count == 1 ? "/api/\(apiVersion)" : "/apis/\(apiVersion)"
    let list: JSON
    do {
      list = try await client.request("GET", path)
    } catch let status as APIStatus where status.isNotFound {
      return [:]
    }
    var resources: [String: ResourceType] = [:]
    for entry in list["resources"]?.array ?? [] {
      guard let name = entry["name"]?.string, !name.contains("/"), let kind = entry["kind"]?.string
      else { continue }
      resources[kind] = ResourceType(
        group: parts.count == 1 ? "" : parts[0], version: parts.last ?? "", kind: kind,
        plural: name, isNamespaced: entry["namespaced"]?.bool ?? false)
    }
    return resources
  }
}
