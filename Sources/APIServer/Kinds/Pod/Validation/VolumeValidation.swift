import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// Volumes of a PodSpec. Those without problems are noted in the context.
  mutating func volumes(_ context: inout PodContext, at path: FieldPath) {
    let volumes = context.spec.items("volumes")
    let podName = context.metadata.text("name")
    let claims = volumes.filter { $0["ephemeral"] != nil }.map { podName + "-" + $0.text("name") }
    for (index, volume) in volumes.enumerated() {
      let path = path.index(index)
      let name = volume.text("name")
      var own = FieldChecks()
      own.volumeSource(volume, podName: podName, at: path)
      if name.isEmpty {
        own.required(path.child("name"))
      } else {
        own.format(name, at: path.child("name"), Format.dns1123Label)
      }
      if context.volumes[name] != nil { own.duplicate(path.child("name"), .string(name)) }
      if own.isEmpty { context.volumes[name] = volume }
      add(own.errors)
      let claim = volume.member("persistentVolumeClaim").text("claimName")
      if !claim.isEmpty, !podName.isEmpty, claims.contains(claim) {
        invalid(
          path.child("persistentVolumeClaim", "claimName"), .string(claim),
          "must not reference a PVC that gets created for an ephemeral volume")
      }
    }
    serviceAccountTokens(context, at: path)
  }

  /// Sources in the order in which Kubernetes looks at them: of two, the later one is reported.
  private static let sources = [
    "emptyDir", "hostPath", "gitRepo", "gcePersistentDisk", "awsElasticBlockStore", "secret",
    "nfs", "iscsi", "glusterfs", "flocker", "persistentVolumeClaim", "rbd", "cinder", "cephfs",
    "quobyte", "downwardAPI", "fc", "flexVolume", "configMap", "azureFile", "vsphereVolume",
    "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos", "projected", "scaleIO",
    "csi", "ephemeral", "image",
  ]

  /// Members that must not be empty, of sources with no further rules or besides them.
  private static let requiredMembers: [String: [String]] = [
    "gitRepo": ["repository"], "gcePersistentDisk": ["pdName"],
    "awsElasticBlockStore": ["volumeID"], "secret": ["secretName"], "nfs": ["server", "path"],
    "iscsi": ["targetPortal", "iqn"], "glusterfs": ["endpoints", "path"],
    "persistentVolumeClaim": ["claimName"], "rbd": ["monitors", "image"],
    "cinder": ["volumeID"], "cephfs": ["monitors"], "quobyte": ["registry", "volume"],
    "flexVolume": ["driver"], "configMap": ["name"], "azureFile": ["secretName", "shareName"],
    "vsphereVolume": ["volumePath"], "photonPersistentDisk": ["pdID"],
    "portworxVolume": ["volumeID"], "azureDisk": ["diskName", "diskURI"],
    "storageos": ["volumeName"], "scaleIO": ["gateway", "system", "volumeName"],
    "csi": ["driver"], "ephemeral": ["volumeClaimTemplate"],
  ]

  private mutating func volumeSource(_ volume: JSON, podName: String, at path: FieldPath) {
    var isStated = false
    for kind in Self.sources {
      guard let source = volume[kind] else { continue }
      if isStated {
        // Kubernetes spells two of them in its own way here.
        let name = ["cephfs": "cephFS", "downwardAPI": "downwarAPI"][kind] ?? kind
        forbidden(path.child(name), "may not specify more than 1 volume type")
        continue
      }
      isStated = true
      let path = path.child(kind == "gcePersistentDisk" ? "persistentDisk" : kind)
      for member in Self.requiredMembers[kind] ?? []
      where source.member(member).says(theSameAs: .null) {
        required(path.child(member))
      }
      self.source(source, kind, at: path)
      if kind == "ephemeral" {
        claimName(of: volume, podName: podName, at: path)
      }
    }
    if !isStated { required(path, "must specify a volume type") }
  }

  private mutating func source(_ source: JSON, _ kind: String, at path: FieldPath) {
    switch kind {
    case "emptyDir":
      if let limit = source["sizeLimit"]?.quantity, limit < Quantity(0) {
        forbidden(path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity")
      }
    case "hostPath": hostPath(source, at: path)
    case "gitRepo":
      format(source.text("directory"), at: path.child("directory"), Format.relativePath)
    case "gcePersistentDisk", "awsElasticBlockStore":
      if let partition = source["partition"]?.integer, !(0...255).contains(partition) {
        invalid(
          path.child("partition"), .integer(partition), "must be between 1 and 255, inclusive")
      }
    case "secret", "configMap": keyFiles(source, at: path)
    case "nfs":
      let value = source.text("path")
      if !value.hasPrefix("/") {
        invalid(path.child("path"), .string(value), "must be an absolute path")
      }
    case "iscsi": iscsi(source, at: path)
    case "fc": fibreChannel(source, at: path)
    case "flocker": flocker(source, at: path)
    case "downwardAPI":
      fileMode(source["defaultMode"], at: path.child("defaultMode"))
      for file in source.items("items") { downwardFile(file, at: path) }
    case "projected": projected(source, at: path)
    case "csi": csi(source, at: path)
    case "ephemeral":
      if let template = source["volumeClaimTemplate"] {
        claimTemplate(template, at: path.child("volumeClaimTemplate"))
      }
    case "image":
      if source.text("reference").isEmpty { required(path.child("reference")) }
      pullPolicy(source.text("pullPolicy"), at: path.child("pullPolicy"))
    default: break
    }
  }

  // MARK: Sources on the node

  private mutating func hostPath(_ source: JSON, at path: FieldPath) {
    let value = source.text("path")
    if value.isEmpty { return required(path.child("path")) }
    format(value, at: path.child("path"), Format.pathInside)
    if let type = source["type"]?.string {
      oneOf(
        [
          "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File",
          "FileOrCreate", "Socket",
        ], type, at: path.child("type"))
    }
  }

  // MARK: Files made from objects

  /// Keys of a ConfigMap or Secret as files.
  private mutating func keyFiles(_ source: JSON, at path: FieldPath) {
    fileMode(source["defaultMode"], at: path.child("defaultMode"))
    for (index, item) in source.items("items").enumerated() {
      keyFile(item, at: path.child("items").index(index))
    }
  }

  mutating func keyFile(_ item: JSON, at path: FieldPath) {
    if item.text("key").isEmpty { required(path.child("key")) }
    let file = item.text("path")
    if file.isEmpty { required(path.child("path")) }
    format(file, at: path.child("path"), Format.volumeFilePath)
    fileMode(item["mode"], at: path.child("mode"))
  }

  mutating func fileMode(_ mode: JSON?, at path: FieldPath) {
    if let mode = mode?.integer { format(mode, at: path, Format.fileMode) }
  }

  /// A field of the Pod as a file.
  mutating func downwardFile(_ file: JSON, at path: FieldPath) {
    let name = file.text("path")
    if name.isEmpty { required(path.child("path")) }
    format(name, at: path.child("path"), Format.volumeFilePath)
    if let field = file["fieldRef"] {
      fieldSelector(field, supported: Self.fieldsForVolumes, at: path.child("fieldRef"))
      if file["resourceFieldRef"] != nil {
        invalid(
          path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
      }
    } else if let resource = file["resourceFieldRef"] {
      resourceSelector(resource, needsContainer: true, at: path.child("resourceFieldRef"))
    } else {
      required(path, "one of fieldRef and resourceFieldRef is required")
    }
    fileMode(file["mode"], at: path.child("mode"))
  }

  // MARK: Sources on the network

  private mutating func iscsi(_ source: JSON, at path: FieldPath) {
    let name = source.text("iqn")
    if !name.isEmpty, !["iqn", "eui", "naa"].contains(where: name.hasPrefix) {
      invalid(
        path.child("iqn"), .string(name),
        "must be valid format starting with iqn, eui, or naa")
    }
    format(source.number("lun"), at: path.child("lun")) { Format.range($0, 0...255) }
    if source.flag("chapAuthDiscovery") || source.flag("chapAuthSession"),
      source["secretRef"] == nil
    {
      required(path.child("secretRef"))
    }
  }

  private mutating func fibreChannel(_ source: JSON, at path: FieldPath) {
    let targets = source.items("targetWWNs")
    let identifiers = source.items("wwids")
    if targets.isEmpty, identifiers.isEmpty {
      required(
        path.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both")
    } else if !targets.isEmpty, !identifiers.isEmpty {
      invalid(
        path.child("targetWWNs"), .array(targets),
        "targetWWNs and wwids can not be specified simultaneously")
    }
    guard !targets.isEmpty else { return }
    if let lun = source["lun"]?.integer {
      format(lun, at: path.child("lun")) { Format.range($0, 0...255) }
    } else {
      required(path.child("lun"), "lun is required if targetWWNs is specified")
    }
  }

  private mutating func flocker(_ source: JSON, at path: FieldPath) {
    let name = source.text("datasetName")
    let identifier = source.text("datasetUUID")
    if name.isEmpty, identifier.isEmpty {
      required(path, "one of datasetName and datasetUUID is required")
    } else if !name.isEmpty, !identifier.isEmpty {
      invalid(
        path, "resource", "datasetName and datasetUUID can not be specified simultaneously")
    }
    if name.contains("/") {
      invalid(path.child("datasetName"), .string(name), "must not contain '/'")
    }
  }

  private mutating func csi(_ source: JSON, at path: FieldPath) {
    let driver = source.text("driver")
    if driver.utf8.count > 63 { add(.tooLong(path.child("driver"), maximum: 63)) }
    if !driver.isEmpty {
      for problem in Format.dns1123Subdomain(driver.lowercased()) {
        invalid(path.child("driver"), .string(driver), problem)
      }
    }
    guard let secret = source["nodePublishSecretRef"] else { return }
    let name = secret.text("name")
    if name.isEmpty {
      required(path.child("nodePublishSecretRef", "name"))
    } else {
      format(name, at: path.child("name"), Format.dns1123Subdomain)
    }
  }
}
