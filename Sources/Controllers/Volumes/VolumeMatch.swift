package import KubernetesAPI

/// Which volumes a claim can be bound to.
package enum VolumeMatch {
  /// Whether an unclaimed volume, or one meant for the claim, gives what the claim asks for.
  package static func fits(_ volume: PersistentVolume, _ claim: PersistentVolumeClaim) -> Bool {
    guard !volume.metadata.isBeingDeleted, !(volume.capacity < claim.request),
      volume.volumeMode == claim.volumeMode,
      Set(claim.accessModes).isSubset(of: volume.accessModes),
      volume.storageClassName == (claim.storageClassName ?? "")
    else { return false }
    if !claim.volumeName.isEmpty, claim.volumeName != volume.metadata.name { return false }
    if let selector = claim.selector, !selector.matches(volume.metadata.labels) { return false }
    if volume.claim != nil { return volume.isFor(claim) }
    return volume.phase == "Available" || volume.phase == "Pending"
  }

  /// The volume for a claim: one that is meant for it, else the smallest that fits.
  ///
  /// - Parameter node: where it must be reachable from; nil for anywhere.
  package static func best(
    for claim: PersistentVolumeClaim, of volumes: some Sequence<PersistentVolume>, on node: Node?
  ) -> PersistentVolume? {
    let fitting = volumes.filter { volume in
      fits(volume, claim) && (node.map(volume.isReachable) ?? true)
    }
    if let meant = fitting.first(where: { $0.isFor(claim) }) { return meant }
    return fitting.min { left, right in
      left.capacity == right.capacity
        ? left.metadata.name < right.metadata.name : left.capacity < right.capacity
    }
  }
}
