package import JSONTree
package import KubernetesAPI

/// Which objects belong to a controller: those it owns and selects. It adopts those it selects and
/// nobody owns, and lets go of those it owns and no longer selects.
package struct Membership<Member: KubernetesObject> {
  package private(set) var members: [Member] = []
  package private(set) var adopted: [Member] = []
  package private(set) var released: [Member] = []

  /// - Parameters:
  ///   - owned: objects whose controller the owner is.
  ///   - orphans: objects without a controller, of the owner's namespace.
  package init(
    owner: ObjectMeta, selector: LabelSelector, owned: [Member], orphans: [Member]
  ) {
    for object in owned {
      if selector.matches(object.metadata.labels) {
        members.append(object)
      } else if !owner.isBeingDeleted {
        released.append(object)
      }
    }
    guard !owner.isBeingDeleted, !selector.isEmpty else { return }
    adopted = orphans.filter {
      !$0.metadata.isBeingDeleted && selector.matches($0.metadata.labels)
    }
  }
}

/// Changes of an object's owners, as JSON merge patches that fail where the object has changed.
package enum OwnerPatch {
  package static func adoption(of object: ObjectMeta, by owner: OwnerReference) -> JSON {
    patch(object, object.ownerReferences + [owner])
  }

  package static func release(of object: ObjectMeta, from uid: String) -> JSON {
    patch(object, object.ownerReferences.filter { $0.uid != uid })
  }

  package static func patch(_ object: ObjectMeta, _ owners: [OwnerReference]) -> JSON {
    [
      "metadata": [
        "uid": .string(object.uid), "resourceVersion": .string(object.resourceVersion),
        "ownerReferences": owners.isEmpty ? .null : .array(owners.map(\.json)),
      ]
    ]
  }
}
