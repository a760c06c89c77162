import JSONTree
import KubernetesAPI
import KubernetesClient

extension VolumeController {
  func sync(volume name: String) async throws -> WorkQueue<Subject>.Outcome {
    guard let volume = workloads.volumes.object(ObjectKey(name: name)) else { return .done }
    if volume.metadata.isBeingDeleted {
      if volume.phase != "Bound", volume.metadata.finalizers.contains(PersistentVolume.protection) {
        try await remove(PersistentVolume.protection, from: volume, PersistentVolume.self)
      } else if volume.phase == "Bound", try await isAbandoned(volume) {
        try await setPhase("Released", of: volume)
      }
      return .done
    }
    guard volume.claim != nil else {
      try await setPhase("Available", of: volume)
      return .done
    }
    if volume.claim?.uid.isEmpty == true {
      // Meant for a claim by name; the claim binds itself.
      try await setPhase("Available", of: volume)
      return .done
    }
    guard try await isAbandoned(volume) else { return .done }
    try await reclaim(volume)
    return .done
  }

  /// Whether the claim a volume is bound to is gone, by the server's own word.
  private func isAbandoned(_ volume: PersistentVolume) async throws -> Bool {
    guard let reference = volume.claim, !reference.uid.isEmpty else { return false }
    let key = ObjectKey(namespace: reference.namespace, name: reference.name)
    if let claim = workloads.claims.object(key), claim.metadata.uid == reference.uid {
      return false
    }
    do {
      return try await client.get(PersistentVolumeClaim.self, key).metadata.uid != reference.uid
    } catch let status as APIStatus where status.isNotFound {
      return true
    }
  }

  private func reclaim(_ volume: PersistentVolume) async throws {
    guard volume.reclaimPolicy == "Delete" else {
      return try await setPhase("Released", of: volume)
    }
    guard volume.metadata.annotations[PersistentVolume.provisionedBy] == VolumeProvisioner.name,
      let provisioner, let path = volume.hostPath
    else {
      try await setPhase("Released", of: volume)
      return
    }
    try await setPhase("Released", of: volume)
    do {
      try provisioner.directories.remove(path)
    } catch {
      try await setPhase("Failed", of: volume, "\(error)")
      events.warn(
        volume, source: VolumeProvisioner.name, reason: "VolumeFailedDelete", "\(error)")
      return
    }
    do {
      try await client.delete(
        PersistentVolume.self, volume.key, options: DeleteOptions(uid: volume.metadata.uid))
    } catch let status as APIStatus where status.isNotFound {}
  }

  func setPhase(_ phase: String, of volume: PersistentVolume, _ message: String = "") async throws {
    guard volume.phase != phase else { return }
    var status: JSONObject = [
      "phase": .string(phase),
      "lastPhaseTransitionTime": .string(client.time.now().description),
    ]
    status["message"] = message.isEmpty ? .null : .string(message)
    do {
      _ = try await client.patchStatus(
        PersistentVolume.self, volume.key, .merge, ["status": .object(status)])
    } catch let problem as APIStatus where problem.isNotFound {}
  }
}
