import JSONTree

extension ObjectSchema {
  static let photonPersistentDiskVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource",
    "A Photon disk."
  ) {
    Field("fsType", .string, "File system of the disk. Default is ext4.")
    Field("pdID", .string, "Identifier of the disk.", required: true, default: "")
  }

  static let portworxVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.PortworxVolumeSource",
    "A Portworx volume."
  ) {
    Field("fsType", .string, "File system of the volume. Default is ext4.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("volumeID", .string, "Identifier of the volume.", required: true, default: "")
  }

  static let quobyteVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.QuobyteVolumeSource",
    "A Quobyte volume."
  ) {
    Field("group", .string, "Group to mount as.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field(
      "registry", .string, "Addresses of registries, as host and port, with commas between them.",
      required: true, default: "")
    Field("tenant", .string, "Tenant that owns the volume.")
    Field("user", .string, "User to mount as. Default is the service account user.")
    Field("volume", .string, "Name of the volume.", required: true, default: "")
  }

  static let rbdVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.RBDVolumeSource",
    "A Ceph block device."
  ) {
    Field("fsType", .string, "File system of the device. Default is ext4.")
    Field("image", .string, "Name of the image.", required: true, default: "")
    Field(
      "keyring", .string,
      "File on the node with the user's key ring. Default is /etc/ceph/keyring.",
      default: "/etc/ceph/keyring")
    Field("monitors", .strings, "Addresses of Ceph monitors.", required: true)
    Field("pool", .string, "Pool of the image. Default is rbd.", default: "rbd")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field(
      "secretRef", .object(.localObjectReference),
      "Secret with the user's credentials; wins over keyring.")
    Field("user", .string, "Ceph user. Default is admin.", default: "admin")
  }

  static let scaleIOVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.ScaleIOVolumeSource",
    "A ScaleIO volume."
  ) {
    Field("fsType", .string, "File system of the volume. Default is xfs.", default: "xfs")
    Field("gateway", .string, "Address of the gateway.", required: true, default: "")
    Field("protectionDomain", .string, "Protection domain of the storage.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field(
      "secretRef", .object(.localObjectReference), "Secret with the credentials.", required: true)
    Field("sslEnabled", .boolean, "Whether the gateway is reached over TLS.", empty: .dropped)
    Field(
      "storageMode", .string, "ThickProvisioned or ThinProvisioned (default).",
      default: "ThinProvisioned")
    Field("storagePool", .string, "Pool of the storage.")
    Field("system", .string, "Name of the storage system.", required: true, default: "")
    Field("volumeName", .string, "Name of the volume.")
  }

  static let storageOSVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.StorageOSVolumeSource",
    "A StorageOS volume."
  ) {
    Field("fsType", .string, "File system of the volume. Default is ext4.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretRef", .object(.localObjectReference), "Secret with the credentials.")
    Field("volumeName", .string, "Name of the volume.")
    Field("volumeNamespace", .string, "Namespace of the volume in StorageOS. Default is the Pod's.")
  }

  static let vsphereVirtualDiskVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource",
    "A vSphere disk."
  ) {
    Field("fsType", .string, "File system of the disk. Default is ext4.")
    Field("storagePolicyID", .string, "Identifier of the storage policy.")
    Field("storagePolicyName", .string, "Name of the storage policy.")
    Field("volumePath", .string, "Path of the disk.", required: true, default: "")
  }
}
