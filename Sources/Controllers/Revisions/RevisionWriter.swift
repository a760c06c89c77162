import JSONTree
package import KubernetesAPI
package import KubernetesClient

/// Keeps the ControllerRevisions of a workload.
package struct RevisionWriter: Sendable {
  private let client: KubernetesClient
  private let informer: Informer<ControllerRevision>
  private let writer: PodWriter

  package init(
    client: KubernetesClient, informer: Informer<ControllerRevision>, events: EventRecorder,
    source: String
  ) {
    self.client = client
    self.informer = informer
    // A revision written twice is the same revision: nothing waits for the view here.
    writer = PodWriter(client: client, events: events, ownWrites: nil, source: source)
  }

  /// The revisions of a workload, with those it takes in.
  package func history(of owner: some Workload) async throws -> RevisionHistory {
    let namespace = owner.metadata.namespace
    let all = informer.objects(index: WorkloadInformers.namespaceIndex, value: namespace)
    let membership = Membership(
      owner: owner.metadata, selector: owner.selector,
      owned: all.filter { $0.metadata.controller?.uid == owner.metadata.uid },
      orphans: all.filter { $0.metadata.controller == nil })
    return RevisionHistory(try await writer.settle(membership, of: owner))
  }

  /// The revision of a workload's template, written if need be.
  ///
  /// - Returns: nil where the name was taken by another template; the status counts that, and the
  ///   next attempt takes another name.
  package func update<Owner: Workload>(
    of owner: Owner, in history: RevisionHistory
  ) async throws -> ControllerRevision? {
    let (revision, write) = history.update(for: owner)
    switch write {
    case nil: return revision
    case .renumber(let known, let number):
      return try await client.patch(
        ControllerRevision.self, known.key, .merge, ["revision": .integer(number)])
    case .create(let new):
      do {
        return try await client.create(new)
      } catch let status as APIStatus where status.isAlreadyExists {
        let taken = try await client.get(ControllerRevision.self, new.key)
        if taken.data == new.data, taken.metadata.controller?.uid == owner.metadata.uid {
          return taken
        }
        try await writer.writeStatus(
          owner, ["collisionCount": .integer(Int64(owner.counted("collisionCount") + 1))])
        return nil
      }
    }
  }

  /// Deletes revisions beyond the limit.
  package func truncate(
    _ history: RevisionHistory, of owner: some Workload, used: Set<String>
  ) async throws {
    for revision in history.surplus(limit: owner.revisionHistoryLimit, used: used) {
      do {
        try await client.delete(
          ControllerRevision.self, revision.key,
          options: DeleteOptions(uid: revision.metadata.uid))
      } catch let status as APIStatus where status.isNotFound {}
    }
  }
}
