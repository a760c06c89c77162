import JSONTree

extension ObjectSchema {
  static let volume = ObjectSchema(
    "io.k8s.api.core.v1.Volume",
    "A volume of a Pod; exactly one source is set, emptyDir if none is."
  ) {
    Field(
      "awsElasticBlockStore", .object(.awsElasticBlockStoreVolumeSource),
      "An AWS disk. Superseded by its CSI driver.")
    Field(
      "azureDisk", .object(.azureDiskVolumeSource), "An Azure disk. Superseded by its CSI driver.")
    Field(
      "azureFile", .object(.azureFileVolumeSource),
      "An Azure file share. Superseded by its CSI driver.")
    Field(
      "cephfs", .object(.cephFSVolumeSource),
      "A CephFS file system. No longer supported by kubelets.")
    Field(
      "cinder", .object(.cinderVolumeSource),
      "An OpenStack Cinder volume. Superseded by its CSI driver.")
    Field("configMap", .object(.configMapVolumeSource), "Files from a ConfigMap.")
    Field("csi", .object(.csiVolumeSource), "An ephemeral volume of a CSI driver.")
    Field("downwardAPI", .object(.downwardAPIVolumeSource), "Files with fields of the Pod.")
    Field(
      "emptyDir", .object(.emptyDirVolumeSource),
      "A directory that is empty at first and lives as long as the Pod.")
    Field(
      "ephemeral", .object(.ephemeralVolumeSource),
      "A volume claim made for this Pod and deleted with it.")
    Field("fc", .object(.fcVolumeSource), "A Fibre Channel disk.")
    Field(
      "flexVolume", .object(.flexVolumeSource),
      "A volume of a FlexVolume plugin. Superseded by CSI.")
    Field(
      "flocker", .object(.flockerVolumeSource), "A Flocker volume. No longer supported by kubelets."
    )
    Field(
      "gcePersistentDisk", .object(.gcePersistentDiskVolumeSource),
      "A Google disk. Superseded by its CSI driver.")
    Field(
      "gitRepo", .object(.gitRepoVolumeSource),
      "A clone of a Git repository. No longer supported; use an init container and "
        + "emptyDir.")
    Field(
      "glusterfs", .object(.glusterfsVolumeSource),
      "A GlusterFS volume. No longer supported by kubelets.")
    Field("hostPath", .object(.hostPathVolumeSource), "A file or directory of the node.")
    Field("image", .object(.imageVolumeSource), "The files of a container image or artifact.")
    Field("iscsi", .object(.iscsiVolumeSource), "An iSCSI disk.")
    Field(
      "name", .string, "Name by which containers mount it, unique in the Pod.", required: true,
      default: "")
    Field("nfs", .object(.nfsVolumeSource), "A directory of an NFS server.")
    Field(
      "persistentVolumeClaim", .object(.persistentVolumeClaimVolumeSource),
      "A PersistentVolumeClaim in the same namespace.")
    Field(
      "photonPersistentDisk", .object(.photonPersistentDiskVolumeSource),
      "A Photon disk. No longer supported by kubelets.")
    Field(
      "portworxVolume", .object(.portworxVolumeSource),
      "A Portworx volume. Superseded by its CSI driver.")
    Field(
      "projected", .object(.projectedVolumeSource), "Files from several sources in one directory.")
    Field(
      "quobyte", .object(.quobyteVolumeSource), "A Quobyte volume. No longer supported by kubelets."
    )
    Field("rbd", .object(.rbdVolumeSource), "A Ceph block device. No longer supported by kubelets.")
    Field(
      "scaleIO", .object(.scaleIOVolumeSource), "A ScaleIO volume. No longer supported by kubelets."
    )
    Field("secret", .object(.secretVolumeSource), "Files from a Secret.")
    Field(
      "storageos", .object(.storageOSVolumeSource),
      "A StorageOS volume. No longer supported by kubelets.")
    Field(
      "vsphereVolume", .object(.vsphereVirtualDiskVolumeSource),
      "A vSphere disk. Superseded by its CSI driver.")
  }

  static let emptyDirVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.EmptyDirVolumeSource",
    "A directory that is empty at first."
  ) {
    Field(
      "medium", .string, "Where it is kept: empty for the node's disk, or Memory.",
      goType: "v1.StorageMedium")
    Field("sizeLimit", .quantity, "The most it may hold.")
  }

  static let hostPathVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.HostPathVolumeSource",
    "A file or directory of the node."
  ) {
    Field("path", .string, "Path on the node.", required: true, default: "")
    Field(
      "type", .string,
      "What must be there, or is made: empty for no check, DirectoryOrCreate, "
        + "Directory, FileOrCreate, File, Socket, CharDevice or BlockDevice.", default: "",
      enum: [
        "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice",
        "BlockDevice",
      ], empty: .kept, goType: "v1.HostPathType")
  }

  static let configMapVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.ConfigMapVolumeSource",
    "Files from a ConfigMap."
  ) {
    Field(
      "defaultMode", .int32,
      "Permission bits of files that do not state their own. Default is 0644.", default: 420)
    Field(
      "items", .list(.object(.keyToPath)),
      "Keys and the paths they get. Default is every key, under its name.")
    Field("name", .string, "Name of the ConfigMap.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
  }

  static let secretVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.SecretVolumeSource",
    "Files from a Secret."
  ) {
    Field(
      "defaultMode", .int32,
      "Permission bits of files that do not state their own. Default is 0644.", default: 420)
    Field(
      "items", .list(.object(.keyToPath)),
      "Keys and the paths they get. Default is every key, under its name.")
    Field("optional", .boolean, "Whether the Pod starts without it.")
    Field("secretName", .string, "Name of the Secret.")
  }

  static let keyToPath = ObjectSchema(
    "io.k8s.api.core.v1.KeyToPath",
    "A key and the path of its file."
  ) {
    Field("key", .string, "The key.", required: true, default: "")
    Field("mode", .int32, "Permission bits of the file.")
    Field(
      "path", .string, "Path of the file in the volume, without dots that lead out.",
      required: true, default: "")
  }

  static let downwardAPIVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.DownwardAPIVolumeSource",
    "Files with fields of the Pod."
  ) {
    Field(
      "defaultMode", .int32,
      "Permission bits of files that do not state their own. Default is 0644.", default: 420)
    Field("items", .list(.object(.downwardAPIVolumeFile)), "The files.")
  }

  static let downwardAPIVolumeFile = ObjectSchema(
    "io.k8s.api.core.v1.DownwardAPIVolumeFile",
    "A file with a field of the Pod."
  ) {
    Field(
      "fieldRef", .object(.objectFieldSelector),
      "A field of the Pod: labels, annotations, name, namespace or uid.")
    Field("mode", .int32, "Permission bits of the file.")
    Field(
      "path", .string, "Path of the file in the volume, without dots that lead out.",
      required: true, default: "")
    Field("resourceFieldRef", .object(.resourceFieldSelector), "A request or limit of a container.")
  }

  static let imageVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.ImageVolumeSource",
    "The files of a container image or artifact, read-only."
  ) {
    Field(
      "pullPolicy", .string,
      "When the image is pulled: Always, IfNotPresent or Never. Default is Always for "
        + "tag latest, else IfNotPresent.", enum: ["Always", "Never", "IfNotPresent"],
      goType: "v1.PullPolicy")
    Field("reference", .string, "Name of the image or artifact.")
  }

  static let csiVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.CSIVolumeSource",
    "An ephemeral volume of a CSI driver."
  ) {
    Field("driver", .string, "Name of the driver.", required: true, default: "")
    Field("fsType", .string, "File system; the driver decides if it is empty.", empty: .kept)
    Field(
      "nodePublishSecretRef", .object(.localObjectReference),
      "Secret with what the driver needs to mount.")
    Field("readOnly", .boolean, "Whether it is mounted read-only.")
    Field("volumeAttributes", .stringMap, "Settings for the driver.")
  }

  static let nfsVolumeSource = ObjectSchema(
    "io.k8s.api.core.v1.NFSVolumeSource",
    "A directory of an NFS server."
  ) {
    Field("path", .string, "Directory the server exports.", required: true, default: "")
    Field("readOnly", .boolean, "Whether it is mounted read-only.", empty: .dropped)
    Field("server", .string, "Host name or address of the server.", required: true, default: "")
  }
}
