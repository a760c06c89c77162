import JSONTree

extension ObjectSchema {
  static let persistentVolumeClaimVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource",
    "A PersistentVolumeClaim used as volume."
  ) {
    Field(
      "claimName", .string, "Name of the claim in the Pod's namespace.", required: true, default: ""
    )
    Field("readOnly", .boolean, "Whether every mount is read-only.", empty: .dropped)
  }

  static let ephemeralVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.EphemeralVolumeSource",
    "A volume claim made for one Pod."
  ) {
    Field(
      "volumeClaimTemplate", .object(.persistentVolumeClaimTemplate),
      "The claim to make; it is named after the Pod and the volume.")
  }

  static let persistentVolumeClaimTemplate = ObjectSchema(
    "io.k8s.api.core.v1.PersistentVolumeClaimTemplate",
    "A claim to make for a Pod."
  ) {
    Field(
      "metadata", .object(.objectMeta),
      "Labels and annotations of the claim; nothing else may be set.")
    Field(
      "spec", .object(.persistentVolumeClaimSpec), "The claim itself.", required: true, default: [:]
    )
  }

  static let persistentVolumeClaimSpec = ObjectSchema(
    "io.k8s.api.core.v1.PersistentVolumeClaimSpec",
    "What a claim asks of storage."
  ) {
    Field(
      "accessModes", .strings,
      "How the volume is to be used: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or "
        + "ReadWriteOncePod.", goType: "[]v1.PersistentVolumeAccessMode")
    Field(
      "dataSource", .object(.typedLocalObjectReference),
      "A claim or snapshot whose content the volume starts with.")
    Field(
      "dataSourceRef", .object(.typedObjectReference),
      "Any object whose content the volume starts with, possibly in another namespace.")
    Field(
      "resources", .object(.volumeResourceRequirements), "How large the volume is to be.",
      default: [:])
    Field("selector", .object(.labelSelector), "Which PersistentVolumes come into question.")
    Field("storageClassName", .string, "StorageClass the volume comes from.", empty: .kept)
    Field(
      "volumeAttributesClassName", .string,
      "VolumeAttributesClass with further properties of the volume.", empty: .kept)
    Field(
      "volumeMode", .string, "Filesystem (default) or Block.", default: "Filesystem",
      enum: ["Block", "Filesystem"], empty: .kept, goType: "v1.PersistentVolumeMode")
    Field("volumeName", .string, "PersistentVolume the claim is bound to.")
  }

  static let volumeResourceRequirements = ObjectSchema(
    "io.k8s.api.core.v1.VolumeResourceRequirements",
    "How large a volume is to be."
  ) {
    Field("limits", .map(.quantity), "The most it may be.", goType: "v1.ResourceList")
    Field("requests", .map(.quantity), "The least it must be.", goType: "v1.ResourceList")
  }
}
