import KubernetesAPI
import KubernetesClient

/// What the state of an object's owners means for the object.
enum ReferenceVerdict: Equatable {
  /// It has no owners, or all of them hold it.
  case keep
  /// Some owner holds it; the references to these others must go.
  case keepWithout(uids: Set<String>)
  /// No owner holds it.
  case delete(DeletionPropagation)

  /// How an owner stands to its dependents.
  enum Owner: Equatable {
    /// It exists and keeps them.
    case solid
    /// It does not exist.
    case absent
    /// It is being deleted and waits for them to go first.
    case waiting
  }

  /// - Parameters:
  ///   - owners: each reference with what it refers to.
  ///   - finalizers: of the object itself.
  ///   - hasDependents: whether it owns anything in its turn.
  init(owners: [(uid: String, state: Owner)], finalizers: [String], hasDependents: Bool) {
    let loose = Set(owners.filter { $0.state != .solid }.map(\.uid))
    if owners.contains(where: { $0.state == .solid }) || owners.isEmpty {
      self = loose.isEmpty ? .keep : .keepWithout(uids: loose)
    } else if owners.contains(where: { $0.state == .waiting }), hasDependents {
      self = .delete(.foreground)
    } else if finalizers.contains(OwnerGraph.Finalizer.orphan) {
      self = .delete(.orphan)
    } else if finalizers.contains(OwnerGraph.Finalizer.foreground) {
      self = .delete(.foreground)
    } else {
      self = .delete(.background)
    }
  }
}
