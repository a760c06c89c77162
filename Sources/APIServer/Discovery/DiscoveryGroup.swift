import JSONTree
import KubernetesAPI

/// An API group with its versions, as discovery describes them.
struct DiscoveryGroup {
  /// Empty for the core group.
  var name: String
  /// The preferred one first.
  var versions: [DiscoveryVersion]

  /// In the order of the catalogue.
  static func all(of catalogue: KindCatalogue) -> [DiscoveryGroup] {
    var groups: [DiscoveryGroup] = []
    for kind in catalogue.kinds {
      let resource = kind.resource
      let group =
        groups.firstIndex { $0.name == resource.group }
        ?? {
          groups.append(DiscoveryGroup(name: resource.group, versions: []))
          return groups.count - 1
        }()
      let version =
        groups[group].versions.firstIndex { $0.version == resource.version }
        ?? {
          groups[group].versions.append(
            DiscoveryVersion(group: resource.group, version: resource.version, kinds: []))
          return groups[group].versions.count - 1
        }()
      groups[group].versions[version].kinds.append(kind)
    }
    return groups
  }

  /// meta/v1 APIGroup, without `kind` and `apiVersion`.
  var apiGroup: JSONObject {
    var group: JSONObject = [
      "name": .string(name), "versions": .array(versions.map(\.groupVersion)),
    ]
    group["preferredVersion"] = versions.first?.groupVersion
    return group
  }

  /// apidiscovery.k8s.io APIGroupDiscovery.
  var aggregated: JSON {
    [
      "metadata": name.isEmpty ? [:] : ["name": .string(name)],
      "versions": .array(
        versions.map { version in
          [
            "version": .string(version.version), "freshness": "Current",
            "resources": .array(version.kinds.sorted(by: \.resource.plural).map(\.aggregated)),
          ]
        }),
    ]
  }
}

/// One version of a group.
struct DiscoveryVersion {
  var group: String
  var version: String
  var kinds: [any KindDefinition]

  var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
  var path: String { group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)" }

  /// meta/v1 GroupVersionForDiscovery.
  var groupVersion: JSON {
    ["groupVersion": .string(apiVersion), "version": .string(version)]
  }

  /// meta/v1 APIResourceList.
  var resourceList: JSON {
    var list: JSONObject = [
      "kind": "APIResourceList", "groupVersion": .string(apiVersion),
      "resources": .array(kinds.sorted(by: \.resource.plural).flatMap(\.apiResources)),
    ]
    if !group.isEmpty { list["apiVersion"] = "v1" }
    return .object(list)
  }
}

extension [any KindDefinition] {
  fileprivate func sorted(by name: (any KindDefinition) -> String) -> [any KindDefinition] {
    sorted { name($0) < name($1) }
  }
}

extension KindDefinition {
  /// meta/v1 APIResource of the kind and its subresources.
  fileprivate var apiResources: [JSON] {
    var main: JSONObject = [
      "name": .string(resource.plural), "singularName": .string(singular),
      "namespaced": .bool(resource.isNamespaced), "kind": .string(resource.kind),
      "verbs": JSON(strings: verbs),
    ]
    main["shortNames"] = JSON(nonEmpty: shortNames)
    main["categories"] = JSON(nonEmpty: categories)
    // Eight bytes, as clients expect; equal for all versions that share stored objects.
    let hash = StaticDocument.hash(
      of: Array("\(storedResource.apiVersion)/\(resource.plural)".utf8))
    main["storageVersionHash"] = .string(String(hash.prefix(11)) + "=")
    return [.object(main)]
      + subresources.sorted { $0.name < $1.name }.map { subresource in
        var entry: JSONObject = [
          "name": .string("\(resource.plural)/\(subresource.name)"), "singularName": "",
          "namespaced": .bool(resource.isNamespaced),
          "kind": .string(subresource.kind?.kind ?? resource.kind),
          "verbs": JSON(strings: subresource.verbs.sorted()),
        ]
        if let kind = subresource.kind, kind.apiVersion != resource.apiVersion {
          entry["group"] = JSON(nonEmpty: kind.group)
          entry["version"] = .string(kind.version)
        }
        return .object(entry)
      }
  }

  /// apidiscovery.k8s.io APIResourceDiscovery.
  fileprivate var aggregated: JSON {
    var main: JSONObject = [
      "resource": .string(resource.plural), "responseKind": responseKind(nil),
      "scope": resource.isNamespaced ? "Namespaced" : "Cluster",
      "singularResource": .string(singular), "verbs": JSON(strings: verbs),
    ]
    main["shortNames"] = JSON(nonEmpty: shortNames)
    main["categories"] = JSON(nonEmpty: categories)
    if !subresources.isEmpty {
      main["subresources"] = .array(
        subresources.sorted { $0.name < $1.name }.map { subresource in
          [
            "subresource": .string(subresource.name),
            "responseKind": responseKind(subresource.kind),
            "verbs": JSON(strings: subresource.verbs.sorted()),
          ]
        })
    }
    return .object(main)
  }

  /// Group and version are left empty where they are those of the list around it.
  private func responseKind(_ other: ResourceType?) -> JSON {
    let isOther = other.map { $0.apiVersion != resource.apiVersion } ?? false
    return [
      "group": .string(isOther ? other?.group ?? "" : ""),
      "version": .string(isOther ? other?.version ?? "" : ""),
      "kind": .string(other?.kind ?? resource.kind),
    ]
  }
}
