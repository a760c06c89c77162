package import JSONTree
package import KubernetesAPI

/// `apps/v1` ControllerRevision.
package struct ControllerRevisionKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "apps", version: "v1", kind: "ControllerRevision", plural: "controllerrevisions",
    isNamespaced: true)
  package var schema: ObjectSchema { .controllerRevision }
  package var storagePrefix: String { "/registry/controllerrevisions" }

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Controller", "The object whose state this is."),
      PrinterColumn("Revision", "Number of the revision.", type: "integer"), .age,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let owner = object.member("metadata").items("ownerReferences").first { $0.flag("controller") }
    var controller = "<none>"
    if let owner {
      let group = owner.text("apiVersion").split(separator: "/").dropLast().first.map { ".\($0)" }
      controller = "\(owner.text("kind").lowercased())\(group ?? "")/\(owner.text("name"))"
    }
    return [
      object.nameCell, .string(controller), .integer(object.number("revision")),
      object.ageCell(now: now),
    ]
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    if object["data"] == nil { checks.required(FieldPath("data"), "data is mandatory") }
    checks.notNegative(object.number("revision"), at: FieldPath("revision"))
    return checks.errors
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    checks.add(validateCreate(object))
    checks.immutable(object.member("data"), old: old.member("data"), at: FieldPath("data"))
    return checks.errors
  }
}

extension ObjectSchema {
  static let controllerRevision = kind(
    "io.k8s.api.apps.v1.ControllerRevision",
    "A state of a StatefulSet's or DaemonSet's template, to which it can be taken back."
  ) {
    Field("data", .anyObject, "The state. Cannot be changed.")
    Field("revision", .int64, "Number of the revision.", required: true, default: 0)
  }
}
