import JSONTree
package import KubernetesAPI

/// Makes PersistentVolumes that are directories of a Node.
package struct VolumeProvisioner: Sendable {
  /// The provisioner's name in StorageClasses.
  package static let name = "rollcall.local/directory"
  /// The StorageClass that is there by default.
  package static let className = "local-directory"

  package let directories: any VolumeDirectories

  package init(directories: any VolumeDirectories) { self.directories = directories }

  /// The default class: a directory is on one Node, so that a claim waits for the Pod that uses it.
  package static let storageClass: StorageClass = {
    var metadata = ObjectMeta(name: className)
    metadata.annotations[StorageClass.defaultAnnotation] = "true"
    return StorageClass(
      metadata: metadata, provisioner: name, reclaimPolicy: "Delete", waitsForConsumer: true)
  }()

  /// A volume for a claim, on a Node.
  package func volume(
    for claim: PersistentVolumeClaim, of storageClass: StorageClass, on node: Node
  ) -> PersistentVolume {
    let name = "pvc-\(claim.metadata.uid)"
    var metadata = ObjectMeta(name: name)
    metadata.annotations[PersistentVolume.provisionedBy] = Self.name
    let hostname = node.metadata.labels[Node.hostnameLabel]
    let requirement: JSON = [
      "key": .string(hostname == nil ? "metadata.name" : Node.hostnameLabel), "operator": "In",
      "values": [.string(hostname ?? node.metadata.name)],
    ]
    let term: JSON =
      hostname == nil ? ["matchFields": [requirement]] : ["matchExpressions": [requirement]]
    var reference = claim.reference.json
    reference["apiVersion"] = "v1"
    return PersistentVolume(
      metadata: metadata,
      spec: [
        "accessModes": JSON(strings: claim.accessModes),
        "capacity": ["storage": .string(claim.request.description)],
        "claimRef": reference,
        "hostPath": ["path": .string(directories.path(of: name)), "type": "DirectoryOrCreate"],
        "nodeAffinity": ["required": ["nodeSelectorTerms": [term]]],
        "persistentVolumeReclaimPolicy": .string(storageClass.reclaimPolicy),
        "storageClassName": .string(storageClass.metadata.name), "volumeMode": "Filesystem",
      ])
  }
}
