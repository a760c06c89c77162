package import KubernetesAPI
import Synchronization

/// Who owns whom in the whole cluster, by uid.
///
/// Fed by informers in any order: an object may be known before its owner.
package final class OwnerGraph: Sendable {
  package struct Node: Sendable, Equatable {
    package var resource: ResourceType
    package var key: ObjectKey
    package var uid: String
    package var owners: [OwnerReference]
    package var isBeingDeleted: Bool
    /// Held until its dependents have lost their reference to it.
    package var isOrphaning: Bool
    /// Held until its blocking dependents are gone.
    package var isDeletingDependents: Bool

    package init(resource: ResourceType, metadata: ObjectMeta) {
      self.resource = resource
      key = ObjectKey(namespace: metadata.namespace, name: metadata.name)
      uid = metadata.uid
      owners = metadata.ownerReferences
      isBeingDeleted = metadata.isBeingDeleted
      isOrphaning = isBeingDeleted && metadata.finalizers.contains(Finalizer.orphan)
      isDeletingDependents = isBeingDeleted && metadata.finalizers.contains(Finalizer.foreground)
    }

    /// Whether its owner cannot go (in the foreground) before it.
    func blocks(_ owner: String) -> Bool {
      owners.contains { $0.uid == owner && $0.blockOwnerDeletion }
    }
  }

  package enum Finalizer {
    package static let orphan = "orphan"
    package static let foreground = "foregroundDeletion"
  }

  private struct Place: Hashable {
    var resource: ResourceType
    var key: ObjectKey
  }

  private struct State {
    var nodes: [String: Node] = [:]
    /// The uid of the object now at a place.
    var uids: [Place: String] = [:]
    /// The objects that name an owner, whether it exists or not.
    var dependents: [String: Set<String>] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package var count: Int { state.withLock(\.nodes.count) }

  package func node(_ uid: String) -> Node? { state.withLock { $0.nodes[uid] } }

  package func dependents(of uid: String) -> [Node] {
    state.withLock { state in
      (state.dependents[uid] ?? []).compactMap { state.nodes[$0] }
    }
  }

  /// Notes an object as it is now. Gives the uids of the objects that need attention for it.
  package func set(_ node: Node) -> Set<String> {
    state.withLock { state in
      var affected: Set<String> = []
      let place = Place(resource: node.resource, key: node.key)
      if let other = state.uids[place], other != node.uid {
        // Deleted and made again between two looks.
        affected.formUnion(Self.remove(other, in: &state))
      }
      let old = state.nodes[node.uid]
      state.uids[place] = node.uid
      state.nodes[node.uid] = node
      let lost = Set(old?.owners.map(\.uid) ?? []).subtracting(node.owners.map(\.uid))
      for owner in lost { Self.unlink(node.uid, from: owner, in: &state) }
      for owner in node.owners { state.dependents[owner.uid, default: []].insert(node.uid) }
      affected.formUnion(Self.affected(by: node, before: old, in: state))
      return affected
    }
  }

  /// Notes that the object at a place is gone.
  package func remove(_ resource: ResourceType, _ key: ObjectKey) -> Set<String> {
    state.withLock { state in
      guard let uid = state.uids[Place(resource: resource, key: key)] else { return [] }
      return Self.remove(uid, in: &state)
    }
  }

  /// Notes that an object turned out not to exist.
  package func remove(uid: String) -> Set<String> {
    state.withLock { Self.remove(uid, in: &$0) }
  }

  /// Forgets all objects of a resource that is no longer served, without a conclusion from it.
  package func forget(_ resource: ResourceType) {
    state.withLock { state in
      for node in state.nodes.values where node.resource == resource {
        _ = Self.remove(node.uid, in: &state)
      }
    }
  }

  private static func affected(by node: Node, before old: Node?, in state: State) -> Set<String> {
    var affected: Set<String> = []
    if node.isOrphaning || node.isDeletingDependents { affected.insert(node.uid) }
    if node.isDeletingDependents, old?.isDeletingDependents != true {
      affected.formUnion(state.dependents[node.uid] ?? [])
    }
    for owner in node.owners {
      guard let known = state.nodes[owner.uid] else {
        affected.insert(node.uid)  // Its owner may be gone, or not be seen yet.
        continue
      }
      if known.isDeletingDependents { affected.formUnion([node.uid, owner.uid]) }
    }
    // Owners that wait for it may have stopped to: it no longer names them, or blocks them.
    for owner in old?.owners ?? [] where state.nodes[owner.uid]?.isDeletingDependents == true {
      affected.insert(owner.uid)
    }
    return affected
  }

  private static func remove(_ uid: String, in state: inout State) -> Set<String> {
    var affected = state.dependents[uid] ?? []
    guard let node = state.nodes.removeValue(forKey: uid) else { return affected }
    let place = Place(resource: node.resource, key: node.key)
    if state.uids[place] == uid { state.uids[place] = nil }
    for owner in node.owners {
      unlink(uid, from: owner.uid, in: &state)
      if state.nodes[owner.uid]?.isDeletingDependents == true { affected.insert(owner.uid) }
    }
    return affected
  }

  private static func unlink(_ uid: String, from owner: String, in state: inout State) {
    state.dependents[owner]?.remove(uid)
    if state.dependents[owner]?.isEmpty == true { state.dependents[owner] = nil }
  }
}
