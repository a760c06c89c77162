import JSONTree

extension ObjectSchema {
  static let persistentVolume = kind(
    "io.k8s.api.core.v1.PersistentVolume", "A piece of storage that claims are bound to."
  ) {
    Field("spec", .object(.persistentVolumeSpec), "What the volume is.", default: [:])
    Field("status", .object(.persistentVolumeStatus), "State of the volume.", default: [:])
  }

  static let persistentVolumeSpec = ObjectSchema(
    "io.k8s.api.core.v1.PersistentVolumeSpec", "What a PersistentVolume is."
  ) {
    persistentVolumeSources
    Field(
      "accessModes", .strings, "How the volume can be used.",
      goType: "[]v1.PersistentVolumeAccessMode")
    Field("capacity", .map(.quantity), "What the volume has.", goType: "v1.ResourceList")
    Field(
      "claimRef", .object(.objectReference), "Claim the volume is bound to, or meant for.",
      retainsKeys: false)
    Field("mountOptions", .strings, "Options the volume is mounted with.")
    Field(
      "nodeAffinity", .object(.volumeNodeAffinity), "Nodes from which the volume can be reached.")
    Field(
      "persistentVolumeReclaimPolicy", .string,
      "What becomes of the volume when its claim is gone: Retain (default), Delete or Recycle.",
      default: "Retain", enum: ["Delete", "Recycle", "Retain"],
      goType: "v1.PersistentVolumeReclaimPolicy")
    Field("storageClassName", .string, "StorageClass of the volume.")
    Field(
      "volumeAttributesClassName", .string, "VolumeAttributesClass of the volume.", empty: .kept)
    Field(
      "volumeMode", .string, "Filesystem (default) or Block.", default: "Filesystem",
      enum: ["Block", "Filesystem"], empty: .kept, goType: "v1.PersistentVolumeMode")
  }

  /// What a volume may be, one of these.
  static let persistentVolumeSources: [Field] = [
    Field("awsElasticBlockStore", .object(.awsElasticBlockStoreVolumeSource), "An EBS disk."),
    Field("azureDisk", .object(.azureDiskVolumeSource), "An Azure disk."),
    Field("azureFile", .object(.azureFilePersistentVolumeSource), "An Azure file share."),
    Field("cephfs", .object(.cephFSPersistentVolumeSource), "A Ceph file system."),
    Field("cinder", .object(.cinderPersistentVolumeSource), "A Cinder volume."),
    Field("csi", .object(.csiPersistentVolumeSource), "A volume of a CSI driver."),
    Field("fc", .object(.fcVolumeSource), "A Fibre Channel disk."),
    Field("flexVolume", .object(.flexPersistentVolumeSource), "A volume of a FlexVolume driver."),
    Field("flocker", .object(.flockerVolumeSource), "A Flocker volume."),
    Field("gcePersistentDisk", .object(.gcePersistentDiskVolumeSource), "A GCE disk."),
    Field("glusterfs", .object(.glusterfsPersistentVolumeSource), "A Gluster file system."),
    Field("hostPath", .object(.hostPathVolumeSource), "A directory of the node."),
    Field("iscsi", .object(.iscsiPersistentVolumeSource), "An iSCSI disk."),
    Field("local", .object(.localVolumeSource), "A directory or disk of one node."),
    Field("nfs", .object(.nfsVolumeSource), "An NFS export."),
    Field("photonPersistentDisk", .object(.photonPersistentDiskVolumeSource), "A Photon disk."),
    Field("portworxVolume", .object(.portworxVolumeSource), "A Portworx volume."),
    Field("quobyte", .object(.quobyteVolumeSource), "A Quobyte volume."),
    Field("rbd", .object(.rbdPersistentVolumeSource), "A Ceph block device."),
    Field("scaleIO", .object(.scaleIOPersistentVolumeSource), "A ScaleIO volume."),
    Field("storageos", .object(.storageOSPersistentVolumeSource), "A StorageOS volume."),
    Field("vsphereVolume", .object(.vsphereVirtualDiskVolumeSource), "A vSphere disk."),
  ]

  static let volumeNodeAffinity = ObjectSchema(
    "io.k8s.api.core.v1.VolumeNodeAffinity", "Nodes from which a volume can be reached."
  ) {
    Field("required", .object(.nodeSelector), "Which Nodes these are.")
  }

  static let persistentVolumeStatus = ObjectSchema(
    "io.k8s.api.core.v1.PersistentVolumeStatus", "State of a PersistentVolume."
  ) {
    Field("lastPhaseTransitionTime", .time, "When the phase last changed.")
    Field("message", .string, "Why the volume is in its state, for people.")
    Field(
      "phase", .string, "Pending, Available, Bound, Released or Failed.",
      enum: ["Available", "Bound", "Failed", "Pending", "Released"],
      goType: "v1.PersistentVolumePhase")
    Field("reason", .string, "Why the volume is in its state, in one CamelCase word.")
  }

  static let localVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.LocalVolumeSource", "A directory or disk of one node."
  ) {
    Field("fsType", .string, "File system of a disk.", empty: .kept)
    Field("path", .string, "Path on the node.", required: true, default: "")
  }
}
