import JSONTree
import KubernetesAPI
import KubernetesClient

/// What is left of a namespace's content after an attempt to delete it.
struct RemainingContent: Equatable {
  /// By `resource.group`, as conditions name it.
  var objects: [String: Int] = [:]
  /// Objects that each finalizer holds.
  var finalizers: [String: Int] = [:]
  /// Deletions that failed.
  var errors: [String] = []
  /// Groups the server could not tell about.
  var discoveryErrors: [String] = []
  /// In how many seconds the rest may be gone; 0 if there is no saying.
  var estimate = 0

  var isEmpty: Bool { objects.isEmpty && errors.isEmpty && discoveryErrors.isEmpty }
}

/// Deletes everything in a namespace.
struct NamespaceContent {
  let client: KubernetesClient
  let namespace: String
  /// When the namespace's deletion was asked for.
  let deletedAt: Timestamp

  /// How long a finalizer is given (Kubernetes' guess).
  private static let finalizerSeconds = 15

  /// Pods go first: they may use everything else there is (KEP-5080).
  func delete() async throws -> RemainingContent {
    var remaining = RemainingContent()
    let discovery: Discovery
    do {
      discovery = try await client.discover()
    } catch let error as APIStatus {
      remaining.discoveryErrors.append("\(error)")
      return remaining
    }
    remaining.discoveryErrors = discovery.failures.map { "\($0.key): \($0.value)" }.sorted()
    let resources = discovery.resources.filter { $0.type.isNamespaced && $0.supports("delete") }
    let pods = resources.filter { $0.type.group.isEmpty && $0.type.plural == "pods" }
    for resource in pods { try await delete(resource, &remaining) }
    if !remaining.objects.isEmpty { return remaining }
    for resource in resources where !pods.contains(resource) {
      try await delete(resource, &remaining)
    }
    return remaining
  }

  private func delete(
    _ resource: DiscoveredResource, _ remaining: inout RemainingContent
  ) async throws {
    do {
      let before = try await items(of: resource)
      guard !before.isEmpty else { return }
      // Propagation is said because orphaning would leave objects behind.
      let options = DeleteOptions(propagation: .background)
      if resource.supports("deletecollection") {
        try await client.deleteCollection(resource.type, namespace: namespace, options: options)
      } else {
        for item in before {
          let name = item["metadata"]?["name"]?.string ?? ""
          do {
            try await client.delete(
              resource.type, ObjectKey(namespace: namespace, name: name), options: options)
          } catch let status as APIStatus where status.isNotFound {}
        }
      }
      count(try await items(of: resource), of: resource, grace: grace(before), &remaining)
    } catch let status as APIStatus where status.isNotFound || status.code == 405 {
      // Served no longer, or never by that verb.
    } catch let error where !(error is CancellationError) {
      remaining.errors.append("\(error)")
    }
  }

  private func items(of resource: DiscoveredResource) async throws -> [JSON] {
    guard resource.supports("list") else { return [] }
    return try await client.list(resource.type, namespace: namespace)["items"]?.array ?? []
  }

  private func count(
    _ items: [JSON], of resource: DiscoveredResource, grace: Int,
    _ remaining: inout RemainingContent
  ) {
    guard !items.isEmpty else { return }
    remaining.objects["\(resource.type.plural).\(resource.type.group)"] = items.count
    var isHeld = false
    for item in items {
      for finalizer in item["metadata"]?["finalizers"]?.array?.compactMap(\.string) ?? [] {
        remaining.finalizers[finalizer, default: 0] += 1
        isHeld = true
      }
    }
    if grace > 0 || isHeld {
      remaining.estimate = max(remaining.estimate, grace > 0 ? grace : Self.finalizerSeconds)
    } else {
      let type = resource.type
      remaining.errors.append(
        "unexpected items still remain in namespace: \(namespace) for gvr: "
          + "\(type.apiVersion), Resource=\(type.plural)")
    }
  }

  /// How long the Pods among these may take to stop; 0 once that has passed.
  private func grace(_ items: [JSON]) -> Int {
    let longest =
      items.filter { item in
        let phase = item["status"]?["phase"]?.string
        return phase != "Succeeded" && phase != "Failed"
      }.compactMap { $0["spec"]?["terminationGracePeriodSeconds"]?.integer }.max() ?? 0
    let passed = client.time.now().seconds - deletedAt.seconds
    return passed >= longest ? 0 : Int(longest)
  }
}
