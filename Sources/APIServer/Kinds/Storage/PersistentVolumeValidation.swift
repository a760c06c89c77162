import JSONTree
import KubernetesAPI

extension FieldChecks {
  mutating func persistentVolumeSpec(_ spec: JSON, at path: FieldPath) {
    let modes = spec.items("accessModes").map { $0.string ?? "" }
    if modes.isEmpty { required(path.child("accessModes")) }
    let supported = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]
    for mode in modes { oneOf(supported, mode, at: path.child("accessModes")) }
    if modes.contains("ReadWriteOncePod"), Set(modes).intersection(supported).count > 1 {
      forbidden(
        path.child("accessModes"), "may not use ReadWriteOncePod with other access modes")
    }
    capacity(spec.members("capacity"), at: path.child("capacity"))
    volumeNodeAffinity(spec, at: path.child("nodeAffinity"))
    persistentSource(spec, at: path)
    let policy = spec.text("persistentVolumeReclaimPolicy")
    if !policy.isEmpty {
      oneOf(
        ["Delete", "Recycle", "Retain"], policy, at: path.child("persistentVolumeReclaimPolicy"))
    }
    if spec[path: "hostPath", "path"] == "/", policy == "Recycle" {
      forbidden(
        path.child("persistentVolumeReclaimPolicy"),
        "may not be 'recycle' for a hostPath mount of '/'")
    }
    let storageClass = spec.text("storageClassName")
    if !storageClass.isEmpty {
      format(storageClass, at: path.child("storageClassName"), Format.dns1123Subdomain)
    }
    if let mode = spec["volumeMode"]?.string {
      oneOf(["Block", "Filesystem"], mode, at: path.child("volumeMode"))
    }
  }

  private mutating func capacity(_ capacity: JSONObject, at path: FieldPath) {
    if capacity.isEmpty { required(path) }
    if capacity["storage"] == nil || capacity.count > 1 {
      add(.notSupported(path, .object(capacity), supported: ["storage"]))
    }
    for amount in capacity {
      guard let quantity = amount.value.quantity else { continue }
      if quantity <= Quantity(0) {
        invalid(path.key(amount.key), amount.value, "must be greater than zero")
      }
    }
  }

  private mutating func volumeNodeAffinity(_ spec: JSON, at path: FieldPath) {
    guard let affinity = spec["nodeAffinity"] else { return }
    guard let selector = affinity["required"] else {
      return required(path.child("required"), "must specify required node constraints")
    }
    let terms = selector.items("nodeSelectorTerms")
    let path = path.child("required", "nodeSelectorTerms")
    if terms.isEmpty { required(path, "must have at least one node selector term") }
    for (index, term) in terms.enumerated() {
      nodeSelectorTerm(term, checksValues: true, at: path.index(index))
    }
  }

  /// The one source a volume must have.
  private mutating func persistentSource(_ spec: JSON, at path: FieldPath) {
    var stated: [String] = []
    for kind in ObjectSchema.persistentVolumeSources.map(\.name) where spec[kind] != nil {
      if !stated.isEmpty {
        forbidden(path.child(kind), "may not specify more than 1 volume type")
      }
      stated.append(kind)
    }
    guard let kind = stated.first else { return required(path, "must specify a volume type") }
    let source = spec.member(kind)
    switch kind {
    case "hostPath":
      let value = source.text("path")
      if value.isEmpty { return required(path.child("hostPath", "path")) }
      format(value, at: path.child("hostPath", "path"), Format.pathInside)
      oneOf(
        [
          "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File",
          "FileOrCreate", "Socket",
        ], source.text("type"), at: path.child("hostPath", "type"))
    case "local":
      let value = source.text("path")
      if value.isEmpty {
        required(path.child("local", "path"))
      } else {
        format(value, at: path.child("local", "path"), Format.pathInside)
      }
      if spec["nodeAffinity"] == nil {
        required(path.child("nodeAffinity"), "Local volume requires node affinity")
      }
    default:
      for member in Self.requiredOfSource[kind] ?? []
      where source.member(member).says(theSameAs: .null) {
        required(path.child(kind, member))
      }
    }
  }

  private static let requiredOfSource: [String: [String]] = [
    "gcePersistentDisk": ["pdName"], "awsElasticBlockStore": ["volumeID"],
    "nfs": ["server", "path"], "iscsi": ["targetPortal", "iqn"],
    "glusterfs": ["endpoints", "path"], "rbd": ["monitors", "image"], "cinder": ["volumeID"],
    "cephfs": ["monitors"], "quobyte": ["registry", "volume"], "flexVolume": ["driver"],
    "azureFile": ["secretName", "shareName"], "vsphereVolume": ["volumePath"],
    "photonPersistentDisk": ["pdID"], "portworxVolume": ["volumeID"],
    "azureDisk": ["diskName", "diskURI"], "storageos": ["volumeName"],
    "scaleIO": ["gateway", "system", "volumeName"], "csi": ["driver", "volumeHandle"],
  ]

  mutating func persistentVolumeUpdate(_ spec: JSON, old: JSON) {
    let sources = ObjectSchema.persistentVolumeSources.map(\.name)
    if sources.contains(where: { !spec.member($0).says(theSameAs: old.member($0)) }) {
      forbidden(
        FieldPath("spec.persistentvolumesource"),
        "spec.persistentvolumesource is immutable after creation")
    }
    immutable(spec.member("volumeMode"), old: old.member("volumeMode"), at: FieldPath("volumeMode"))
    if old["nodeAffinity"] != nil {
      immutable(
        spec.member("nodeAffinity"), old: old.member("nodeAffinity"),
        at: FieldPath("nodeAffinity"))
    }
  }
}
