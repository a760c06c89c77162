package import JSONTree
package import KubernetesAPI

/// The states of a workload's template that are kept as ControllerRevisions.
package struct RevisionHistory: Sendable {
  /// What must be written so that the present template has a revision.
  package enum Write: Equatable, Sendable {
    case create(ControllerRevision)
    /// An older revision becomes the newest, as after a rollback.
    case renumber(ControllerRevision, to: Int64)
  }

  /// Oldest first.
  package let revisions: [ControllerRevision]

  package init(_ revisions: [ControllerRevision]) {
    self.revisions = revisions.sorted {
      ($0.revision, $0.metadata.name) < ($1.revision, $1.metadata.name)
    }
  }

  /// The patch that takes a workload back to a template.
  package static func data(_ template: JSON) -> JSON {
    var template = template
    template["$patch"] = "replace"
    return ["spec": ["template": template]]
  }

  /// The revision of a template, and what must be written for it.
  ///
  /// - Parameters:
  ///   - usesShortHash: whether Pods carry the hash alone instead of the revision's name.
  package func update(for owner: some Workload) -> (ControllerRevision, Write?) {
    let data = Self.data(owner.template)
    let next = (revisions.last?.revision ?? 0) + 1
    if let last = revisions.last, last.data == data { return (last, nil) }
    if var known = revisions.last(where: { $0.data == data }) {
      let write = Write.renumber(known, to: next)
      known.revision = next
      return (known, write)
    }
    let hash = PodTemplate.hash(data, collisions: owner.counted("collisionCount"))
    var labels = owner.template[path: "metadata", "labels"]?.stringMap ?? [:]
    labels[ControllerRevision.hashLabel] = hash
    let revision = ControllerRevision(
      metadata: ObjectMeta(
        name: "\(owner.metadata.name)-\(hash)", namespace: owner.metadata.namespace,
        labels: labels,
        annotations: owner.metadata.annotations.filter { $0.key == "kubernetes.io/change-cause" },
        ownerReferences: [OwnerReference(controller: owner)]),
      revision: next, data: data)
    return (revision, .create(revision))
  }

  package func named(_ name: String) -> ControllerRevision? {
    revisions.first { $0.metadata.name == name }
  }

  /// Revisions beyond the limit that nothing uses, oldest first.
  ///
  /// - Parameter used: names of revisions that Pods or the status have.
  package func surplus(limit: Int, used: Set<String>) -> [ControllerRevision] {
    let spare = revisions.filter { !used.contains($0.metadata.name) }
    return Array(spare.prefix(max(0, spare.count - limit)))
  }
}
