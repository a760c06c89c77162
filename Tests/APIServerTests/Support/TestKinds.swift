import JSONTree
import KubernetesAPI

@testable import APIServer

/// Kinds that are as simple as kinds get, for tests of what all kinds have in common.
enum TestKinds {
  static let catalogue = KindCatalogue([TestNamespace(), TestWidget(), TestRecord()])

  static let metadata = ObjectSchema("io.test.meta.v1.ObjectMeta", "Metadata.") {
    Field("name", .string, "Name.")
    Field("generateName", .string, "Prefix.")
    Field("namespace", .string, "Namespace.")
    Field("uid", .string, "Uid.")
    Field("resourceVersion", .string, "Version.")
    Field("generation", .int64, "Generation.")
    Field("creationTimestamp", .time, "Birthday.")
    Field("deletionTimestamp", .time, "Farewell.")
    Field("deletionGracePeriodSeconds", .int64, "Grace.")
    Field("labels", .stringMap, "Labels.")
    Field("annotations", .stringMap, "Annotations.")
    Field("finalizers", .list(.string, .mergedSet), "Finalizers.")
    Field("ownerReferences", .list(.anyObject), "Owners.")
    Field("managedFields", .list(.anyObject), "Managers.")
  }

  static func schema(_ name: String, @FieldsBuilder _ fields: () -> [Field]) -> ObjectSchema {
    let own = fields()
    return ObjectSchema(name, "A test kind.") {
      Field("apiVersion", .string, "Version.")
      Field("kind", .string, "Kind.")
      Field("metadata", .object(metadata), "Metadata.")
      own
    }
  }
}

/// A namespace as the server sees one.
struct TestNamespace: KindDefinition {
  let resource = ResourceType(
    group: "", version: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false)
  let storagePrefix = "/registry/namespaces"
  let subresources = [Subresource.status, Subresource("finalize", verbs: ["update"])]
  let columns = [PrinterColumn("Name", "Name.", format: "name")]
  let schema = TestKinds.schema("io.test.v1.Namespace") {
    Field(
      "spec",
      .object(
        ObjectSchema("io.test.v1.NamespaceSpec", "Spec.") {
          Field("finalizers", .list(.string), "Finalizers.")
        }), "Spec.")
    Field(
      "status",
      .object(
        ObjectSchema("io.test.v1.NamespaceStatus", "Status.") {
          Field("phase", .string, "Phase.")
        }), "Status.")
  }

  func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [object[path: "metadata", "name"] ?? ""]
  }
  func problems(ofName name: String) -> [String] { [] }
  func prepareForCreate(_ object: inout JSON) {
    object["spec"] = ["finalizers": ["kubernetes"]]
    object["status"] = ["phase": "Active"]
  }
  func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    object["status"] = old["status"]
    if subresource == nil { object["spec"] = old["spec"] }
  }
  func deletionPolicy(_ object: JSON) -> DeletionPolicy { .whenFinalized }
}

/// A namespaced kind with a desired state, a status, a selectable field and a grace period.
struct TestWidget: KindDefinition {
  let resource = ResourceType(
    group: "test.io", version: "v1", kind: "Widget", plural: "widgets", isNamespaced: true)
  let storagePrefix = "/registry/test.io/widgets"
  let subresources = [Subresource.status]
  let countsGenerations = true
  let selectableFields = ["spec.color"]
  let columns = [
    PrinterColumn("Name", "Name.", format: "name"), PrinterColumn("Color", "Color."),
  ]
  let schema = TestKinds.schema("io.test.v1.Widget") {
    Field(
      "spec",
      .object(
        ObjectSchema("io.test.v1.WidgetSpec", "Spec.") {
          Field("color", .string, "Color.", default: "grey")
          Field("size", .int32, "Size.")
          Field("graceSeconds", .int64, "Grace.")
          Field(
            "parts",
            .list(
              .object(
                ObjectSchema("io.test.v1.WidgetPart", "Part.") {
                  Field("name", .string, "Name.")
                  Field("count", .int32, "Count.")
                }), .map("name")), "Parts.")
        }), "Spec.")
    Field(
      "status",
      .object(
        ObjectSchema("io.test.v1.WidgetStatus", "Status.") {
          Field("phase", .string, "Phase.")
        }), "Status.")
  }

  func selectableField(_ field: String, of object: JSON) -> String {
    object[path: "spec", "color"]?.string ?? ""
  }
  func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [object[path: "metadata", "name"] ?? "", object[path: "spec", "color"] ?? ""]
  }
  func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }
  func validateCreate(_ object: JSON) -> [FieldError] {
    let size = object[path: "spec", "size"]?.integer ?? 0
    return size < 0
      ? [.invalid(FieldPath("spec.size"), .integer(size), "must not be negative")] : []
  }
  func deletionPolicy(_ object: JSON) -> DeletionPolicy {
    let seconds = object[path: "spec", "graceSeconds"]?.integer ?? 0
    return seconds > 0 ? .graceful(defaultSeconds: seconds) : .immediate
  }
  func warnings(_ object: JSON, old: JSON?) -> [String] {
    object[path: "spec", "color"] == "beige" ? ["spec.color: \"beige\" is dull"] : []
  }
}

/// A namespaced kind without a status, whose updates must name a version and may create.
struct TestRecord: KindDefinition {
  let resource = ResourceType(
    group: "test.io", version: "v1", kind: "Record", plural: "records", isNamespaced: true)
  let storagePrefix = "/registry/test.io/records"
  let allowsUnconditionalUpdate = false
  let allowsCreateOnUpdate = true
  let returnsDeletedObject = true
  let columns = [PrinterColumn("Name", "Name.", format: "name")]
  let schema = TestKinds.schema("io.test.v1.Record") {
    Field("data", .stringMap, "Data.")
  }

  func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [object[path: "metadata", "name"] ?? ""]
  }
  func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }
}
