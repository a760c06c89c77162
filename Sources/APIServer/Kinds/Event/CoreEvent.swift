package import JSONTree
package import KubernetesAPI

/// `v1` Event, the form in which all Events are stored.
package struct CoreEventKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "", version: "v1", kind: "Event", plural: "events", isNamespaced: true)
  package var schema: ObjectSchema { .coreEvent }
  package var shortNames: [String] { ["ev"] }
  package var storagePrefix: String { "/registry/events" }
  package var allowsCreateOnUpdate: Bool { true }

  package var columns: [PrinterColumn] { EventTable.columns }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    EventTable.cells(of: object, now: now)
  }

  // MARK: Selection

  private static let references = [
    "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath",
  ]

  package var selectableFields: [String] {
    Self.references.map { "involvedObject." + $0 }
      + ["reason", "reportingComponent", "source", "type"]
  }

  package func selectableField(_ field: String, of object: JSON) -> String {
    if field == "source" {
      let component = object.member("source").text("component")
      return component.isEmpty ? object.text("reportingComponent") : component
    }
    let prefix = "involvedObject."
    if field.hasPrefix(prefix) {
      return object.member("involvedObject").text(String(field.dropFirst(prefix.count)))
    }
    return object.text(field)
  }

  // MARK: Writing

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.event(object, controllerField: "reportingComponent")
    return checks.errors
  }
}
