package import JSONTree
package import KubernetesAPI

/// Everything the server knows of one kind, stated once, in one file per kind. Discovery, OpenAPI,
/// strict decoding, patching, printing and the generic verbs all derive from it: adding a kind is
/// adding a definition to `KindCatalogue`.
///
/// The requirements with default implementations are Kubernetes' registry strategy hooks; a kind
/// implements those in which it differs from the plain case.
///
/// Objects are passed as JSON that has been decoded against `schema` (unknown members pruned, types
/// right), so that definitions may read members without checking types again.
package protocol KindDefinition: Sendable {
  var resource: ResourceType { get }
  /// The whole object, with `apiVersion`, `kind` and `metadata`.
  var schema: ObjectSchema { get }
  /// What may be done with objects of the kind, as discovery names it, sorted.
  var verbs: [String] { get }
  /// What the kind is, for `kubectl api-resources` and discovery.
  var singular: String { get }
  var shortNames: [String] { get }
  var categories: [String] { get }
  /// Where objects are stored, as a kube-apiserver lays them out in etcd, without a slash at the
  /// end: `/registry/services/specs`. A namespace and the name follow.
  var storagePrefix: String { get }
  /// The type the store holds the objects as: their own, unless two API groups share one set of
  /// objects (`events.k8s.io` Events are stored as core Events). Kinds with the same
  /// `storagePrefix` and the same stored type are one collection.
  var storedResource: ResourceType { get }
  /// The object as the store holds it, made from the object as this kind serves it.
  func storedForm(of object: JSON) -> JSON
  /// The object as this kind serves it, made from what the store holds.
  func servedForm(of stored: JSON) -> JSON
  /// Subresources beside the object itself; see `Subresource`.
  var subresources: [Subresource] { get }
  /// What a request to the subresource carries: the kind's own schema, or that of
  /// `Subresource.kind`.
  func schema(of subresource: Subresource) -> ObjectSchema
  /// Whether `metadata.generation` counts changes of the desired state.
  var countsGenerations: Bool { get }
  /// Whether a PUT of an object that does not exist creates it.
  var allowsCreateOnUpdate: Bool { get }
  /// Whether an update without `resourceVersion` is accepted (and overwrites).
  var allowsUnconditionalUpdate: Bool { get }
  /// Whether a deletion is answered with the object that left instead of a Status.
  var returnsDeletedObject: Bool { get }
  /// A sentence for the `Warning` header of every request for the kind, whatever its verb.
  var deprecationWarning: String? { get }

  // MARK: Printing

  /// Columns of `kubectl get`, as the server prints them.
  var columns: [PrinterColumn] { get }
  /// One cell per column.
  func cells(of object: JSON, now: Timestamp) -> [JSON]

  // MARK: Selection

  /// Field labels that field selectors may use, beside `metadata.name` and `metadata.namespace`.
  var selectableFields: [String] { get }
  /// The value of a selectable field, empty where it is absent.
  func selectableField(_ field: String, of object: JSON) -> String

  // MARK: Writing, in the order of the calls

  /// Fills in what the schema's plain defaults cannot (values that depend on other fields).
  /// Called for every object that comes in, and must change nothing in one that went out before.
  func setDefaults(_ object: inout JSON)
  /// Drops or sets what a creator may not choose (status, generation).
  func prepareForCreate(_ object: inout JSON)
  /// Keeps what this update may not change (status on the main resource; all but the status on
  /// the subresource).
  func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?)
  /// Problems of the name itself, each a sentence; empty where it is fine.
  func problems(ofName name: String) -> [String]
  /// Problems of a new object. `metadata` has been checked already.
  func validateCreate(_ object: JSON) -> [FieldError]
  /// Problems of an update. `metadata` has been checked already.
  func validateUpdate(_ object: JSON, old: JSON, subresource: Subresource?) -> [FieldError]
  /// Sentences for the `Warning` header: of a write of the object itself, and of any write.
  func warnings(_ object: JSON, old: JSON?) -> [String]
  func warnings(_ object: JSON, old: JSON?, subresource: Subresource?) -> [String]
  /// What a deletion must clear first: given the object, whether it is removed at once or waits
  /// (Pods with a grace period, Namespaces with spec.finalizers).
  func deletionPolicy(_ object: JSON) -> DeletionPolicy
}

/// How an object leaves.
package enum DeletionPolicy: Sendable, Equatable {
  /// Once no finalizers are left.
  case immediate
  /// It is marked, and leaves when it is deleted again with a grace period of 0 (Pods on a Node).
  case graceful(defaultSeconds: Int64)
  /// It is marked, and leaves when `spec.finalizers` and `metadata.finalizers` are empty
  /// (Namespaces).
  case whenFinalized
}

/// A column of `kubectl get` (meta/v1 TableColumnDefinition).
package struct PrinterColumn: Sendable, Equatable {
  package var name: String
  /// `string`, `integer`, `date`, …
  package var type: String
  /// `name` for the column that names the object, else empty.
  package var format: String
  package var description: String
  /// 0 is always shown, 1 only with `-o wide`.
  package var priority: Int

  package init(
    _ name: String, _ description: String, type: String = "string", format: String = "",
    priority: Int = 0
  ) {
    self.name = name
    self.type = type
    self.format = format
    self.description = description
    self.priority = priority
  }
}

extension KindDefinition {
  package var verbs: [String] {
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
  }
  package var singular: String { resource.kind.lowercased() }
  package var shortNames: [String] { [] }
  package var categories: [String] { [] }
  package var storedResource: ResourceType { resource }
  package func storedForm(of object: JSON) -> JSON { object }
  package func servedForm(of stored: JSON) -> JSON { stored }
  package var subresources: [Subresource] { [] }
  /// Those that carry objects.
  var objectSubresources: [Subresource] { subresources.filter { !$0.isStream } }
  package func schema(of subresource: Subresource) -> ObjectSchema { schema }
  package var countsGenerations: Bool { false }
  package var allowsCreateOnUpdate: Bool { false }
  package var allowsUnconditionalUpdate: Bool { true }
  package var returnsDeletedObject: Bool { false }
  package var deprecationWarning: String? { nil }
  package var selectableFields: [String] { [] }
  package func selectableField(_ field: String, of object: JSON) -> String { "" }
  package func setDefaults(_ object: inout JSON) {}

  package func prepareForCreate(_ object: inout JSON) {
    if subresources.contains(.status) { object["status"] = nil }
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    guard subresources.contains(.status) else { return }
    if subresource == .status {
      let status = object["status"]
      var metadata = old["metadata"] ?? [:]
      metadata["resourceVersion"] = object[path: "metadata", "resourceVersion"]
      metadata["managedFields"] = object[path: "metadata", "managedFields"]
      object = old
      object["metadata"] = metadata
      object["status"] = status
    } else {
      object["status"] = old["status"]
    }
  }

  package func validateCreate(_ object: JSON) -> [FieldError] { [] }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] { validateCreate(object) }

  package func warnings(_ object: JSON, old: JSON?) -> [String] { [] }
  /// What the server asks; subresources are free of warnings unless a kind says otherwise.
  package func warnings(_ object: JSON, old: JSON?, subresource: Subresource?) -> [String] {
    subresource == nil ? warnings(object, old: old) : []
  }
  package func deletionPolicy(_ object: JSON) -> DeletionPolicy { .immediate }
}
