import JSONTree

extension ObjectSchema {
  static let awsElasticBlockStoreVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource",
    "An AWS disk."
  ) {
    Field("fsType", .string, "File system of the disk. Default is ext4.")
    Field(
      "partition", .int32, "Partition to mount; 0 or unset for the whole disk.", empty: .dropped)
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("volumeID", .string, "Identifier of the disk.", required: true, default: "")
  }

  static let azureDiskVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.AzureDiskVolumeSource",
    "An Azure disk."
  ) {
    Field(
      "cachingMode", .string, "Caching by the host: None, ReadOnly or ReadWrite (default).",
      default: "ReadWrite", enum: ["None", "ReadOnly", "ReadWrite"], empty: .kept,
      goType: "v1.AzureDataDiskCachingMode")
    Field("diskName", .string, "Name of the disk in its storage.", required: true, default: "")
    Field("diskURI", .string, "URI of the disk in its storage.", required: true, default: "")
    Field(
      "fsType", .string, "File system of the disk. Default is ext4.", default: "ext4", empty: .kept)
    Field(
      "kind", .string, "Shared (default), Dedicated or Managed.", default: "Shared",
      enum: ["Shared", "Dedicated", "Managed"], empty: .kept, goType: "v1.AzureDataDiskKind")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", default: false)
  }

  static let azureFileVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.AzureFileVolumeSource",
    "An Azure file share."
  ) {
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field(
      "secretName", .string, "Secret with the storage account's name and key.", required: true,
      default: "")
    Field("shareName", .string, "Name of the share.", required: true, default: "")
  }

  static let cephFSVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.CephFSVolumeSource",
    "A CephFS file system."
  ) {
    Field("monitors", .strings, "Addresses of Ceph monitors.", required: true)
    Field("path", .string, "Directory that is mounted. Default is the root.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretFile", .string, "File on the node with the user's key ring.")
    Field(
      "secretRef", .object(.localObjectReference),
      "Secret with the user's credentials; wins over secretFile.")
    Field("user", .string, "Ceph user. Default is admin.")
  }

  static let cinderVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.CinderVolumeSource",
    "An OpenStack Cinder volume."
  ) {
    Field("fsType", .string, "File system of the volume. Default is ext4.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field(
      "secretRef", .object(.localObjectReference),
      "Secret with the parameters to connect to OpenStack.")
    Field("volumeID", .string, "Identifier of the volume.", required: true, default: "")
  }

  static let fcVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.FCVolumeSource",
    "A Fibre Channel disk."
  ) {
    Field("fsType", .string, "File system of the disk. Default is ext4.")
    Field("lun", .int32, "Logical unit of the target.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("targetWWNs", .strings, "World wide names of the target; with lun.")
    Field("wwids", .strings, "World wide identifiers of the volume; instead of targetWWNs and lun.")
  }

  static let flexVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.FlexVolumeSource",
    "A volume of a FlexVolume plugin."
  ) {
    Field("driver", .string, "Name of the plugin.", required: true, default: "")
    Field("fsType", .string, "File system; the plugin decides if it is empty.")
    Field("options", .stringMap, "Settings for the plugin.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("secretRef", .object(.localObjectReference), "Secret with what the plugin needs to know.")
  }

  static let flockerVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.FlockerVolumeSource",
    "A Flocker volume."
  ) {
    Field("datasetName", .string, "Name of the dataset. Superseded by datasetUUID.")
    Field("datasetUUID", .string, "Identifier of the dataset.")
  }

  static let gcePersistentDiskVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.GCEPersistentDiskVolumeSource",
    "A Google disk."
  ) {
    Field("fsType", .string, "File system of the disk. Default is ext4.")
    Field(
      "partition", .int32, "Partition to mount; 0 or unset for the whole disk.", empty: .dropped)
    Field("pdName", .string, "Name of the disk.", required: true, default: "")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
  }

  static let gitRepoVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.GitRepoVolumeSource",
    "A clone of a Git repository."
  ) {
    Field("directory", .string, "Directory to clone into; a dot for the volume itself.")
    Field("repository", .string, "URL of the repository.", required: true, default: "")
    Field("revision", .string, "Commit to check out.")
  }

  static let glusterfsVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.GlusterfsVolumeSource",
    "A GlusterFS volume."
  ) {
    Field("endpoints", .string, "Endpoints object with the servers.", required: true, default: "")
    Field("path", .string, "Path of the volume.", required: true, default: "")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
  }

  static let iscsiVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.ISCSIVolumeSource",
    "An iSCSI disk."
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
    Field("secretRef", .object(.localObjectReference), "Secret with CHAP credentials.")
    Field(
      "targetPortal", .string, "First portal, as address and port.", required: true, default: "")
  }
}
