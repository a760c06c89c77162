// See `FieldNumberTable` for the notation.
extension FieldNumbers {
  /// Types of core/v1 that only PersistentVolumes and workloads reach.
  static let coreStorage = """
    AzureFilePersistentVolumeSource: secretName 1, shareName 2, readOnly 3, secretNamespace? 4
    CephFSPersistentVolumeSource: monitors 1, path 2, user 3, secretFile 4, secretRef 5,
      readOnly 6
    CinderPersistentVolumeSource: volumeID 1, fsType 2, readOnly 3, secretRef 4
    CSIPersistentVolumeSource: driver 1, volumeHandle 2, readOnly 3, fsType 4,
      volumeAttributes 5, controllerPublishSecretRef 6, nodeStageSecretRef 7,
      nodePublishSecretRef 8, controllerExpandSecretRef 9, nodeExpandSecretRef 10
    FlexPersistentVolumeSource: driver 1, fsType 2, secretRef 3, readOnly 4, options 5
    GlusterfsPersistentVolumeSource: endpoints 1, path 2, readOnly 3, endpointsNamespace? 4
    ISCSIPersistentVolumeSource: targetPortal 1, iqn 2, lun 3, iscsiInterface 4, fsType 5,
      readOnly 6, portals 7, chapAuthDiscovery 8, secretRef 10, chapAuthSession 11,
      initiatorName? 12
    LocalVolumeSource: path 1, fsType? 2
    ModifyVolumeStatus: targetVolumeAttributesClassName 1, status 2
    PodTemplateSpec: metadata 1, spec 2
    RBDPersistentVolumeSource: monitors 1, image 2, fsType 3, pool 4, user 5, keyring 6,
      secretRef 7, readOnly 8
    ScaleIOPersistentVolumeSource: gateway 1, system 2, secretRef 3, sslEnabled 4,
      protectionDomain 5, storagePool 6, storageMode 7, volumeName 8, fsType 9, readOnly 10
    SecretReference: name 1, namespace 2
    StorageOSPersistentVolumeSource: volumeName 1, volumeNamespace 2, fsType 3, readOnly 4,
      secretRef 5
    TopologySelectorLabelRequirement: key 1, values 2
    TopologySelectorTerm: matchLabelExpressions 1
    VolumeNodeAffinity: required 1
    """

  /// storage.k8s.io/v1.
  static let storage = """
    StorageClass: metadata 1, provisioner 2, parameters 3, reclaimPolicy? 4, mountOptions 5,
      allowVolumeExpansion? 6, volumeBindingMode? 7, allowedTopologies 8
    """
}
