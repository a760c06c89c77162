import JSONTree
import KubernetesAPI

/// Puts OpenAPI documents together from the definitions of kinds.
struct OpenAPIBuilder {
  private let catalogue: KindCatalogue
  /// Kubernetes' version, `1.36`.
  private let version: String
  /// Which types have a kind of their own, by the name of their definition.
  private let types: [String: [ResourceType]]

  init(_ catalogue: KindCatalogue, version: String) {
    self.catalogue = catalogue
    self.version = version
    var types: [String: [ResourceType]] = [:]
    var groups: [ResourceType] = []
    for kind in catalogue.kinds {
      types[kind.schema.name] = [kind.resource]
      for subresource in kind.objectSubresources {
        guard let type = subresource.kind else { continue }
        types[kind.schema(of: subresource).name] = [type]
      }
      let known = groups.contains {
        $0.group == kind.resource.group && $0.version == kind.resource.version
      }
      if !known { groups.append(kind.resource) }
    }
    types[ObjectSchema.deleteOptions.name] = groups.map { $0.named("DeleteOptions") }
    types[ObjectSchema.watchEvent.name] = groups.map { $0.named("WatchEvent") }
    types[ObjectSchema.status.name] = [
      ResourceType(group: "", version: "v1", kind: "Status", plural: "", isNamespaced: false)
    ]
    self.types = types
  }

  private var info: JSON { ["title": "Kubernetes", "version": .string(version)] }

  private func definitions(
    _ dialect: OpenAPIDialect, of kinds: [any KindDefinition]
  ) -> JSON {
    var definitions = OpenAPIDefinitions(dialect, types: types)
    for kind in kinds {
      definitions.addList(of: kind)
      for subresource in kind.objectSubresources { definitions.add(kind.schema(of: subresource)) }
    }
    for schema in [ObjectSchema.deleteOptions, .status, .patch, .watchEvent] {
      definitions.add(schema)
    }
    return .object(definitions.definitions)
  }

  private func paths(_ dialect: OpenAPIDialect, of kinds: [any KindDefinition]) -> JSON {
    .object(
      JSONObject(
        kinds.flatMap { OpenAPIPath.all(of: $0) }.map { ($0.path, $0.json(dialect)) }))
  }

  // MARK: Documents

  /// The whole API in version 2 (Swagger).
  func version2() -> JSON {
    [
      "swagger": "2.0", "info": info, "paths": paths(.v2, of: catalogue.kinds),
      "definitions": definitions(.v2, of: catalogue.kinds),
      "securityDefinitions": [
        "BearerToken": [
          "type": "apiKey", "name": "authorization", "in": "header",
          "description": "A bearer token.",
        ]
      ],
      "security": [["BearerToken": []]],
    ]
  }

  /// One document for each group and version, by its path (`api/v1`, `apis/GROUP/VERSION`).
  func version3() -> [(path: String, document: JSON)] {
    var kinds: [(path: String, kinds: [any KindDefinition])] = []
    for kind in catalogue.kinds {
      let resource = kind.resource
      let path = resource.group.isEmpty ? "api/\(resource.version)" : "apis/\(resource.apiVersion)"
      if let index = kinds.firstIndex(where: { $0.path == path }) {
        kinds[index].kinds.append(kind)
      } else {
        kinds.append((path, [kind]))
      }
    }
    return kinds.map { path, kinds in
      (
        path,
        [
          "openapi": "3.0.0", "info": info, "paths": paths(.v3, of: kinds),
          "components": [
            "schemas": definitions(.v3, of: kinds),
            "securitySchemes": [
              "BearerToken": [
                "type": "apiKey", "name": "authorization", "in": "header",
                "description": "A bearer token.",
              ]
            ],
          ],
        ]
      )
    }
  }
}

extension ResourceType {
  /// Another kind of the same group and version.
  fileprivate func named(_ kind: String) -> ResourceType {
    ResourceType(group: group, version: version, kind: kind, plural: "", isNamespaced: false)
  }
}
