package import JSONTree
package import KubernetesAPI

/// `events.k8s.io/v1` Event: the objects of core `v1` Event under the names of the newer API.
package struct EventKind: KindDefinition {
  private let core = CoreEventKind()

  package init() {}

  package let resource = ResourceType(
    group: "events.k8s.io", version: "v1", kind: "Event", plural: "events", isNamespaced: true)
  package var schema: ObjectSchema { .eventsEvent }
  package var shortNames: [String] { ["ev"] }
  package var storagePrefix: String { core.storagePrefix }
  package var allowsCreateOnUpdate: Bool { true }

  package var columns: [PrinterColumn] { EventTable.columns }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    EventTable.cells(of: storedForm(of: object), now: now)
  }

  // MARK: Storage

  package var storedResource: ResourceType { core.resource }

  /// Names of members here and in the core form; the other members have one name.
  private static let renamed = [
    ("deprecatedCount", "count"), ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"), ("deprecatedSource", "source"),
    ("note", "message"), ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
  ]

  package func storedForm(of object: JSON) -> JSON {
    converted(object, to: core.resource, Self.renamed)
  }

  package func servedForm(of stored: JSON) -> JSON {
    converted(stored, to: resource, Self.renamed.map { ($1, $0) })
  }

  private func converted(
    _ object: JSON, to resource: ResourceType, _ names: [(String, String)]
  ) -> JSON {
    guard var members = object.object else { return object }
    for (from, to) in names {
      if let value = members.removeValue(forKey: from) { members[to] = value }
    }
    members["apiVersion"] = .string(resource.apiVersion)
    return .object(members)
  }

  // MARK: Selection

  private static let references = [
    "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath",
  ]

  package var selectableFields: [String] {
    Self.references.map { "regarding." + $0 } + ["reason", "reportingController", "type"]
  }

  package func selectableField(_ field: String, of object: JSON) -> String {
    let prefix = "regarding."
    return field.hasPrefix(prefix)
      ? object.member("regarding").text(String(field.dropFirst(prefix.count)))
      : object.text(field)
  }

  // MARK: Writing

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    let event = storedForm(of: object)
    checks.event(event, controllerField: "reportingController")
    checks.newEvent(event)
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    let event = storedForm(of: object)
    checks.event(event, controllerField: "reportingController")
    checks.eventUpdate(event, old: storedForm(of: old))
    return checks.errors
  }
}
