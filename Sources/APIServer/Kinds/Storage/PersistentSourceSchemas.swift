import JSONTree

// Sources of PersistentVolumes that differ from those of Pods' volumes: their Secrets are in a
// namespace of their own.
extension ObjectSchema {
  static let secretReference = ObjectSchema(
    "io.k8s.api.core.v1.SecretReference", "Points at a Secret in any namespace.", isAtomic: true
  ) {
    Field("name", .string, "Name of the Secret.")
    Field("namespace", .string, "Namespace of the Secret.")
  }

  static let azureFilePersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.AzureFilePersistentVolumeSource", "An Azure file share."
  ) {
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretName", .string, "Secret with the account's key.", required: true, default: "")
    Field(
      "secretNamespace", .string, "Namespace of the Secret. Default is the claim's.", empty: .kept
    )
    Field("shareName", .string, "Name of the share.", required: true, default: "")
  }

  static let cephFSPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.CephFSPersistentVolumeSource", "A Ceph file system."
  ) {
    Field("monitors", .strings, "Addresses of Ceph monitors.", required: true)
    Field("path", .string, "Directory of the file system that is mounted. Default is /.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretFile", .string, "File on the node with the user's key ring.")
    Field("secretRef", .object(.secretReference), "Secret with the user's credentials.")
    Field("user", .string, "Ceph user. Default is admin.")
  }

  static let cinderPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.CinderPersistentVolumeSource", "A Cinder volume."
  ) {
    Field("fsType", .string, "File system of the volume. Default is ext4.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretRef", .object(.secretReference), "Secret with the credentials.")
    Field("volumeID", .string, "Identifier of the volume.", required: true, default: "")
  }

  static let csiPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.CSIPersistentVolumeSource", "A volume of a CSI driver."
  ) {
    Field(
      "controllerExpandSecretRef", .object(.secretReference),
      "Secret for growing the volume on the controller's side.")
    Field(
      "controllerPublishSecretRef", .object(.secretReference),
      "Secret for attaching the volume.")
    Field("driver", .string, "Name of the driver.", required: true, default: "")
    Field("fsType", .string, "File system of the volume.")
    Field(
      "nodeExpandSecretRef", .object(.secretReference),
      "Secret for growing the volume on the node.")
    Field(
      "nodePublishSecretRef", .object(.secretReference), "Secret for mounting the volume in a Pod."
    )
    Field(
      "nodeStageSecretRef", .object(.secretReference), "Secret for mounting the volume on the node."
    )
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("volumeAttributes", .stringMap, "What the driver is to know.")
    Field("volumeHandle", .string, "The driver's name for the volume.", required: true, default: "")
  }

  static let flexPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.FlexPersistentVolumeSource", "A volume of a FlexVolume driver."
  ) {
    Field("driver", .string, "Name of the driver.", required: true, default: "")
    Field("fsType", .string, "File system of the volume.")
    Field("options", .stringMap, "What the driver is to know.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretRef", .object(.secretReference), "Secret with the credentials.")
  }

  static let glusterfsPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.GlusterfsPersistentVolumeSource", "A Gluster file system."
  ) {
    Field("endpoints", .string, "Endpoints object of the servers.", required: true, default: "")
    Field(
      "endpointsNamespace", .string, "Namespace of the Endpoints. Default is the claim's.",
      empty: .kept)
    Field("path", .string, "Path of the volume.", required: true, default: "")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
  }

  static let iscsiPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.ISCSIPersistentVolumeSource", "An iSCSI disk."
  ) {
    Field(
      "chapAuthDiscovery", .boolean, "Whether discovery authenticates with CHAP.", empty: .dropped)
    Field("chapAuthSession", .boolean, "Whether sessions authenticate with CHAP.", empty: .dropped)
    Field("fsType", .string, "File system of the disk. Default is ext4.")
    Field("initiatorName", .string, "Name of the initiator, instead of the node's.", empty: .kept)
    Field("iqn", .string, "Name of the target.", required: true, default: "")
    Field("iscsiInterface", .string, "Interface to use. Default is default.", default: "default")
    Field("lun", .int32, "Logical unit of the target.", required: true, default: 0)
    Field("portals", .strings, "Further portals, as address and port.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretRef", .object(.secretReference), "Secret with CHAP credentials.")
    Field(
      "targetPortal", .string, "First portal, as address and port.", required: true, default: "")
  }

  static let rbdPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.RBDPersistentVolumeSource", "A Ceph block device."
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
    Field("secretRef", .object(.secretReference), "Secret with the user's credentials.")
    Field("user", .string, "Ceph user. Default is admin.", default: "admin")
  }

  static let scaleIOPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource", "A ScaleIO volume."
  ) {
    Field("fsType", .string, "File system of the volume. Default is xfs.", default: "xfs")
    Field("gateway", .string, "Address of the gateway.", required: true, default: "")
    Field("protectionDomain", .string, "Protection domain of the storage.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field(
      "secretRef", .object(.secretReference), "Secret with the credentials.", required: true)
    Field("sslEnabled", .boolean, "Whether the gateway is reached over TLS.", empty: .dropped)
    Field(
      "storageMode", .string, "ThickProvisioned or ThinProvisioned (default).",
      default: "ThinProvisioned")
    Field("storagePool", .string, "Pool of the storage.")
    Field("system", .string, "Name of the storage system.", required: true, default: "")
    Field("volumeName", .string, "Name of the volume.")
  }

  static let storageOSPersistentVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.StorageOSPersistentVolumeSource", "A StorageOS volume."
  ) {
    Field("fsType", .string, "File system of the volume. Default is ext4.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretRef", .object(.objectReference), "Secret with the credentials.")
    Field("volumeName", .string, "Name of the volume.")
    Field("volumeNamespace", .string, "Namespace of the volume in StorageOS.")
  }
}
