import JSONTree
package import KubernetesAPI

/// A resource a server serves, and what may be done with it.
package struct DiscoveredResource: Sendable, Hashable {
  package var type: ResourceType
  package var verbs: Set<String>

  package func supports(_ verbs: String...) -> Bool { self.verbs.isSuperset(of: verbs) }
}

/// What a server serves, as far as it could tell.
package struct Discovery: Sendable {
  /// Each resource once, in its group's preferred version that has it. Subresources are left out.
  package var resources: [DiscoveredResource] = []
  /// Group versions that could not be read, with the reason.
  package var failures: [String: String] = [:]

  package init() {}

  /// The resource that objects of a kind live in; of another version of the group if need be.
  package func resource(apiVersion: String, kind: String) -> ResourceType? {
    let group = apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : ""
    return resources.first { $0.type.group == group && $0.type.kind == kind }?.type
  }
}

extension KubernetesClient {
  /// Asks the server what it serves (the unaggregated discovery that every server has).
  ///
  /// Throws if the list of groups cannot be read; a group that fails is noted in the result.
  package func discover() async throws -> Discovery {
    let groups = try await request("GET", "/apis")["groups"]?.array ?? []
    var versions: [[String]] = [["v1"]]
    for group in groups {
      let preferred = group["preferredVersion"]?["groupVersion"]?.string
      let others = (group["versions"]?.array ?? []).compactMap { $0["groupVersion"]?.string }
      versions.append([preferred].compactMap(\.self) + others.filter { $0 != preferred })
    }
    var discovery = Discovery()
    for group in versions {
      var known: Set<String> = []
      for version in group {
        do {
          for resource in try await resources(of: version)
          where known.insert(resource.type.plural).inserted {
            discovery.resources.append(resource)
          }
        } catch let error where !(error is CancellationError) {
          discovery.failures[version] = "\(error)"
        }
      }
    }
    return discovery
  }

  private func resources(of groupVersion: String) async throws -> [DiscoveredResource] {
    let parts = groupVersion.split(separator: "/").map(String.init)
    let (group, version) = parts.count == 2 ? (parts[0], parts[1]) : ("", groupVersion)
    let path = group.isEmpty ? "/api/\(version)" : "/apis/\(groupVersion)"
    let list = try await request("GET", path)
    return (list["resources"]?.array ?? []).compactMap { entry in
      guard let name = entry["name"]?.string, !name.contains("/"),
        let kind = entry["kind"]?.string
      else { return nil }
      return DiscoveredResource(
        type: ResourceType(
          group: group, version: version, kind: kind, plural: name,
          isNamespaced: entry["namespaced"]?.bool ?? false),
        verbs: Set(entry["verbs"]?.array?.compactMap(\.string) ?? []))
    }
  }
}
