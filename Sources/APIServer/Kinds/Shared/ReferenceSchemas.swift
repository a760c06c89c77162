import JSONTree

extension ObjectSchema {
  static let objectReference = ObjectSchema(
    "io.k8s.api.core.v1.ObjectReference",
    "Points at an object, or at a part of it.", isAtomic: true
  ) {
    Field("apiVersion", .string, "API version of the object.")
    Field("fieldPath", .string, "Part of the object that is meant, such as spec.containers{web}.")
    Field("kind", .string, "Kind of the object.")
    Field("name", .string, "Name of the object.")
    Field("namespace", .string, "Namespace of the object.")
    Field("resourceVersion", .string, "Version of the object the reference was made at.")
    Field("uid", .string, "uid of the object.", goType: "types.UID")
  }

  static let localObjectReference = ObjectSchema(
    "io.k8s.api.core.v1.LocalObjectReference",
    "Points at an object in the same namespace by name.", isAtomic: true
  ) {
    Field("name", .string, "Name of the object.")
  }

  static let typedLocalObjectReference = ObjectSchema(
    "io.k8s.api.core.v1.TypedLocalObjectReference",
    "Points at an object of some type in the same namespace.", isAtomic: true
  ) {
    Field(
      "apiGroup", .string, "Group of the object's type; empty for the core group.", empty: .kept)
    Field("kind", .string, "Kind of the object.", required: true, default: "")
    Field("name", .string, "Name of the object.", required: true, default: "")
  }

  static let typedObjectReference = ObjectSchema(
    "io.k8s.api.core.v1.TypedObjectReference",
    "Points at an object of some type, possibly in another namespace."
  ) {
    Field(
      "apiGroup", .string, "Group of the object's type; empty for the core group.", empty: .kept)
    Field("kind", .string, "Kind of the object.", required: true, default: "")
    Field("name", .string, "Name of the object.", required: true, default: "")
    Field(
      "namespace", .string,
      "Namespace of the object; needs a ReferenceGrant there if it is another one.", empty: .kept)
  }
}
