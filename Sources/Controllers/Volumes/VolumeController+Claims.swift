import JSONTree
import KubernetesAPI
import KubernetesClient

extension VolumeController {
  func sync(claim key: ObjectKey) async throws -> WorkQueue<Subject>.Outcome {
    guard let claim = workloads.claims.object(key) else { return .done }
    if claim.metadata.isBeingDeleted {
      try await letGo(claim)
      return .done
    }
    if claim.isBound {
      try await keep(claim)
      return .done
    }
    if claim.storageClassName == nil, try await giveClass(claim) { return .done }
    let storageClass = claim.storageClassName.flatMap {
      workloads.classes.object(ObjectKey(name: $0))
    }
    let nodeName = claim.metadata.annotations[PersistentVolumeClaim.selectedNode] ?? ""
    let node = informers.nodes.object(ObjectKey(name: nodeName))
    let waits = storageClass?.waitsForConsumer ?? false
    if waits, node == nil, claim.volumeName.isEmpty {
      events.note(
        claim, source: name, reason: "WaitForFirstConsumer",
        "waiting for first consumer to be created before binding")
      return .done
    }
    if let volume = VolumeMatch.best(for: claim, of: workloads.volumes.objects, on: node) {
      try await bind(claim, to: volume)
    } else if let storageClass, storageClass.provisioner == VolumeProvisioner.name {
      try await provision(claim, storageClass, node ?? anyNode)
    } else if let provisioner = storageClass?.provisioner, !provisioner.isEmpty,
      provisioner != "kubernetes.io/no-provisioner"
    {
      events.note(
        claim, source: name, reason: "ExternalProvisioning",
        "Waiting for a volume to be created either by the external provisioner '\(provisioner)' "
          + "or manually by the system administrator. If volume creation is delayed, please "
          + "verify that the provisioner is running and correctly registered.")
    } else {
      events.note(
        claim, source: name, reason: "FailedBinding",
        "no persistent volumes available for this claim and no storage class is set")
    }
    return .done
  }

  /// A Node for a claim that does not wait for one: with one Node there is no choice.
  private var anyNode: Node? {
    informers.nodes.objects.filter(\.isReady).min { $0.metadata.name < $1.metadata.name }
  }

  /// Gives a claim that names no class the default one.
  ///
  /// - Returns: whether there was one to give.
  private func giveClass(_ claim: PersistentVolumeClaim) async throws -> Bool {
    let defaults = workloads.classes.objects.filter(\.isDefault)
    let newest = defaults.max { left, right in
      let (first, second) = (left.metadata.creationTimestamp, right.metadata.creationTimestamp)
      if let first, let second, first != second { return first < second }
      return left.metadata.name > right.metadata.name
    }
    guard let newest else { return false }
    _ = try await client.patch(
      PersistentVolumeClaim.self, claim.key, .merge,
      ["spec": ["storageClassName": .string(newest.metadata.name)]])
    return true
  }

  /// Makes a volume for a claim, bound to it from the start.
  private func provision(
    _ claim: PersistentVolumeClaim, _ storageClass: StorageClass, _ node: Node?
  ) async throws {
    guard let provisioner, let node else {
      let problem =
        provisioner == nil
        ? "this server keeps no directories for volumes" : "no node is ready to hold the volume"
      events.warn(
        claim, source: VolumeProvisioner.name, reason: "ProvisioningFailed",
        "failed to provision volume with StorageClass \"\(storageClass.metadata.name)\": "
          + problem)
      return
    }
    guard claim.volumeMode == "Filesystem" else {
      events.warn(
        claim, source: VolumeProvisioner.name, reason: "ProvisioningFailed",
        "failed to provision volume with StorageClass \"\(storageClass.metadata.name)\": "
          + "a directory is no block device")
      return
    }
    let wanted = provisioner.volume(for: claim, of: storageClass, on: node)
    let volume: PersistentVolume
    do {
      volume = try await client.create(wanted)
      events.note(
        claim, source: VolumeProvisioner.name, reason: "ProvisioningSucceeded",
        "Successfully provisioned volume \(volume.metadata.name)")
    } catch let status as APIStatus where status.isAlreadyExists {
      volume = try await client.get(PersistentVolume.self, wanted.key)
    }
    try await bind(claim, to: volume)
  }

  /// Makes claim and volume name each other: the volume first, so that no two claims get it.
  func bind(_ claim: PersistentVolumeClaim, to volume: PersistentVolume) async throws {
    if volume.claim?.uid != claim.metadata.uid || !volume.isFor(claim) {
      var reference = claim.reference.json
      reference["apiVersion"] = "v1"
      _ = try await client.patch(
        PersistentVolume.self, volume.key, .merge,
        [
          "metadata": ["resourceVersion": .string(volume.metadata.resourceVersion)],
          "spec": ["claimRef": reference],
        ])
    }
    try await setPhase("Bound", of: volume)
    let annotations: JSONObject = [
      PersistentVolumeClaim.bindCompleted: "yes", PersistentVolumeClaim.boundByController: "yes",
    ]
    _ = try await client.patch(
      PersistentVolumeClaim.self, claim.key, .merge,
      [
        "metadata": ["uid": .string(claim.metadata.uid), "annotations": .object(annotations)],
        "spec": ["volumeName": .string(volume.metadata.name)],
      ])
    try await tell(claim, of: volume)
  }

  /// Writes into a claim's status what its volume gives.
  private func tell(_ claim: PersistentVolumeClaim, of volume: PersistentVolume) async throws {
    let status: JSONObject = [
      "phase": "Bound", "accessModes": volume.spec["accessModes"] ?? [],
      "capacity": volume.spec["capacity"] ?? [:],
    ]
    guard StatusChange.isNews(status, to: claim.status) else { return }
    _ = try await client.patchStatus(
      PersistentVolumeClaim.self, claim.key, .merge, ["status": .object(status)])
  }

  /// A bound claim whose volume is gone is lost; else both keep saying that they are bound.
  private func keep(_ claim: PersistentVolumeClaim) async throws {
    let volume = workloads.volumes.object(ObjectKey(name: claim.volumeName))
    guard let volume, volume.claim == nil || volume.isFor(claim) else {
      guard claim.phase != "Lost" else { return }
      _ = try await client.patchStatus(
        PersistentVolumeClaim.self, claim.key, .merge, ["status": ["phase": "Lost"]])
      let what = volume == nil ? "PersistentVolume" : "claim of PersistentVolume"
      events.warn(
        claim, source: name, reason: volume == nil ? "ClaimLost" : "ClaimMisbound",
        volume == nil
          ? "Bound claim has lost its \(what). Data on the volume is lost!"
          : "Two claims are bound to the same volume, this one is bound incorrectly")
      return
    }
    if volume.claim?.uid != claim.metadata.uid {
      try await bind(claim, to: volume)
    } else {
      try await setPhase("Bound", of: volume)
      try await tell(claim, of: volume)
    }
  }

  /// Lets a claim that is being deleted leave, unless a Pod uses it.
  private func letGo(_ claim: PersistentVolumeClaim) async throws {
    let finalizers = claim.metadata.finalizers
    guard finalizers.contains(PersistentVolumeClaim.protection), !isInUse(claim) else { return }
    try await remove(
      PersistentVolumeClaim.protection, from: claim, PersistentVolumeClaim.self)
  }

  private func isInUse(_ claim: PersistentVolumeClaim) -> Bool {
    informers.pods.objects.contains { pod in
      pod.metadata.namespace == claim.metadata.namespace && !pod.isTerminal
        && pod.scheduling.claimNames.contains(claim.metadata.name)
        // A Pod that was never placed mounts nothing.
        && !(pod.nodeName.isEmpty && pod.metadata.isBeingDeleted)
    }
  }

  func remove<Object: KubernetesObject>(
    _ finalizer: String, from object: Object, _ type: Object.Type
  ) async throws {
    let kept = object.metadata.finalizers.filter { $0 != finalizer }
    do {
      _ = try await client.patch(
        Object.self, object.key, .merge,
        [
          "metadata": [
            "resourceVersion": .string(object.metadata.resourceVersion),
            "finalizers": kept.isEmpty ? .null : JSON(strings: kept),
          ]
        ])
    } catch let status as APIStatus where status.isNotFound {}
  }
}
