extension ObjectSchema {
  static let deleteOptions = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "How an object is to be deleted."
  ) {
    Field("apiVersion", .string, "API version this body is written in.")
    Field("dryRun", .strings, "The value All goes through the whole deletion without doing it.")
    Field(
      "gracePeriodSeconds", .int64,
      "Seconds the object may take to end; 0 removes it at once. Default is the "
        + "object's own.")
    Field(
      "ignoreStoreReadErrorWithClusterBreakingPotential", .boolean,
      "Removes an object that can no longer be read from the store, skipping finalizers "
        + "and every check. Dangerous.")
    Field("kind", .string, "Kind of this body, DeleteOptions.")
    Field(
      "orphanDependents", .boolean, "Old spelling of propagationPolicy; true is Orphan.",
      deprecated: true)
    Field(
      "preconditions", .object(.preconditions),
      "What the object must be like, or it is not deleted.")
    Field(
      "propagationPolicy", .string, "What happens to dependents: Orphan, Background or Foreground.",
      empty: .kept, goType: "v1.DeletionPropagation")
  }

  static let preconditions = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions",
    "What must hold of an object for an operation on it to go ahead."
  ) {
    Field("resourceVersion", .string, "The version the object must be at.", empty: .kept)
    Field("uid", .string, "The uid the object must have.", empty: .kept, goType: "types.UID")
  }
}
