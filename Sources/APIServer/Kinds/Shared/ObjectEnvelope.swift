extension ObjectSchema {
  /// A type whose objects are stored or sent on their own: its fields with `apiVersion`, `kind`
  /// and `metadata`.
  static func kind(
    _ name: String, _ description: String, requiresMetadata: Bool = false,
    @FieldsBuilder _ fields: () -> [Field]
  ) -> ObjectSchema {
    ObjectSchema(name, description) {
      Field("apiVersion", .string, "Group and version of the API the object is written in.")
      Field("kind", .string, "Type of the object.")
      Field(
        "metadata", .object(.objectMeta), "Name, labels and the rest of what all objects carry.",
        required: requiresMetadata)
      fields()
    }
  }
}
