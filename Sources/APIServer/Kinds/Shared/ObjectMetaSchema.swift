import JSONTree

extension ObjectSchema {
  static let objectMeta = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    "Identity and bookkeeping that every stored object carries."
  ) {
    Field("annotations", .stringMap, "Free notes for tools and people; not usable in selectors.")
    Field("creationTimestamp", .time, "When the server stored the object first. Set by the server.")
    Field(
      "deletionGracePeriodSeconds", .int64,
      "Seconds the object may take to end once its deletion was asked for. Set with "
        + "deletionTimestamp.")
    Field(
      "deletionTimestamp", .time,
      "When the object is to be gone. Set by the server when a deletion was asked for "
        + "and must wait.")
    Field(
      "finalizers", .list(.string, .mergedSet),
      "Names of parties that must clean up before the object leaves the store. Each "
        + "removes its own name.")
    Field(
      "generateName", .string, "Prefix from which the server makes a unique name if none is given.")
    Field(
      "generation", .int64, "Counts changes of the desired state. Set by the server.",
      empty: .dropped)
    Field("labels", .stringMap, "Keys and values by which selectors find the object.")
    Field(
      "managedFields", .list(.object(.managedFieldsEntry)),
      "Which client set which fields, kept for server-side apply.")
    Field(
      "name", .string,
      "Name of the object, unique for its type within a namespace. Cannot be changed.")
    Field(
      "namespace", .string,
      "Namespace the name is unique in; absent for cluster-scoped types. Cannot be changed.")
    Field(
      "ownerReferences", .list(.object(.ownerReference), .map("uid")),
      "Objects this one depends on; when all of them are gone it is collected. At most "
        + "one is the controller.")
    Field(
      "resourceVersion", .string,
      "Opaque version of the stored object, for optimistic locking and for starting a "
        + "watch.")
    Field(
      "selfLink", .string, "No longer filled in; kept so that old clients decode.", deprecated: true
    )
    Field(
      "uid", .string,
      "Identifier that is never used twice, not even for a later object of the same "
        + "name. Set by the server.", goType: "types.UID")
  }

  static let managedFieldsEntry = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry",
    "The fields one manager set by one kind of operation."
  ) {
    Field("apiVersion", .string, "Version of the type that fieldsV1 refers to.")
    Field("fieldsType", .string, "Format of the set of fields; always FieldsV1.")
    Field("fieldsV1", .anyObject, "The set of fields as a tree of keys.")
    Field("manager", .string, "Name of the client or workflow.")
    Field("operation", .string, "Apply or Update.", goType: "v1.ManagedFieldsOperationType")
    Field(
      "subresource", .string,
      "Subresource through which the fields were set; empty for the object itself.")
    Field("time", .time, "When the manager last added, changed or removed a field of the set.")
  }

  static let ownerReference = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
    "An object, in the same namespace or cluster-scoped, that this one belongs to.", isAtomic: true
  ) {
    Field("apiVersion", .string, "API version of the owner.", required: true, default: "")
    Field(
      "blockOwnerDeletion", .boolean,
      "Whether a foreground deletion of the owner waits until this object is gone.")
    Field("controller", .boolean, "Whether the owner is the controller that manages this object.")
    Field("kind", .string, "Kind of the owner.", required: true, default: "")
    Field("name", .string, "Name of the owner.", required: true, default: "")
    Field(
      "uid", .string, "uid of the owner, so that a namesake made later does not count.",
      required: true, default: "", goType: "types.UID")
  }
}
