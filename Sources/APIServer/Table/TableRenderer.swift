package import JSONTree
package import KubernetesAPI

/// Shows objects of one kind as a `Table` (meta/v1), the form `kubectl get` prints.
package struct TableRenderer: Sendable {
  /// What a row carries beside its cells (the query parameter `includeObject`).
  package enum IncludedObject: String, Sendable, Equatable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"

    /// - Parameter query: the parameter's value; nil or empty where none is given.
    /// - Throws: 400 BadRequest.
    package init(query: String?) throws(APIStatus) {
      guard let query, !query.isEmpty else {
        self = .metadata
        return
      }
      guard let value = IncludedObject(rawValue: query) else {
        throw .badRequest(
          "Unable to convert to Table as requested: includeObject: Invalid value: "
            + JSON.string(query).text + ": must be 'Metadata', 'Object', 'None', or empty")
      }
      self = value
    }
  }

  private let kind: any KindDefinition
  private let transform: ObjectTransform
  private let included: IncludedObject

  package init(
    _ kind: any KindDefinition, _ transform: ObjectTransform = ObjectTransform(.table),
    including included: IncludedObject = .metadata
  ) {
    self.kind = kind
    self.transform = transform
    self.included = included
  }

  /// A table with one row for each object.
  ///
  /// - Parameters:
  ///   - metadata: of the list (`resourceVersion`, `continue`, `remainingItemCount`).
  ///   - showsColumns: false for all but the first table of a watch.
  package func table(
    of objects: some Sequence<JSON>, metadata: JSON, now: Timestamp, showsColumns: Bool = true
  ) -> JSON {
    [
      "kind": "Table", "apiVersion": .string(transform.apiVersion), "metadata": metadata,
      "columnDefinitions": showsColumns ? columnDefinitions : .null,
      "rows": .array(objects.map { row(of: $0, now: now) }),
    ]
  }

  /// A table with a single row: the answer to a `get`, or the object of a watch event. It has the
  /// object's own resource version.
  package func table(of object: JSON, now: Timestamp, showsColumns: Bool = true) -> JSON {
    let version = object[path: "metadata", "resourceVersion"]
    let metadata: JSON = version.map { ["resourceVersion": $0] } ?? [:]
    return table(of: [object], metadata: metadata, now: now, showsColumns: showsColumns)
  }

  package var columnDefinitions: JSON {
    .array(
      kind.columns.map { column in
        [
          "name": .string(column.name), "type": .string(column.type),
          "format": .string(column.format), "description": .string(column.description),
          "priority": .integer(Int64(column.priority)),
        ]
      })
  }

  package func row(of object: JSON, now: Timestamp) -> JSON {
    var included = included
    if included == .none, object.endsInitialEvents { included = .metadata }
    let shown: JSON =
      switch included {
      case .none: .null
      case .metadata: PartialObject.metadata(of: object, apiVersion: transform.apiVersion)
      case .object: object
      }
    return ["cells": .array(kind.cells(of: object, now: now)), "object": shown]
  }
}

extension JSON {
  /// Whether this is the bookmark that ends the initial events of a watch, whose annotation a
  /// client must see whatever it asked for.
  fileprivate var endsInitialEvents: Bool {
    self[path: "metadata", "annotations", "k8s.io/initial-events-end"] == "true"
  }
}
