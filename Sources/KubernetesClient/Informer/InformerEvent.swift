package import JSONTree
package import KubernetesAPI

/// A change of an informer's view.
package enum InformerEvent<Object: KubernetesObject>: Sendable {
  case added(Object)
  /// `old` is nil where the informer keeps no objects. Old and new differ in uid where an object
  /// was deleted and made again unobserved.
  case updated(old: Object?, new: Object)
  /// `last` is the last state known: nil where the informer keeps no objects and the object went
  /// while no watch was open.
  case deleted(ObjectKey, last: Object?)
  /// The first list is complete: everything that existed has been reported. Comes once.
  case synced

  /// The object the change is about; nil for `synced`.
  package var key: ObjectKey? {
    switch self {
    case .added(let object), .updated(_, let object): object.key
    case .deleted(let key, _): key
    case .synced: nil
    }
  }
}

/// What an informer watches, and how.
package struct InformerOptions<Object: KubernetesObject>: Sendable {
  package enum Keeping: Sendable {
    /// The typed view of every object.
    case objects
    /// Key and resourceVersion of every object, so that a new list can be told apart from the old.
    case nothing
  }

  /// What to watch, where that is not what the view's type says (views of metadata only).
  package var resource: ResourceType
  /// Nil for all namespaces.
  package var namespace: String?
  package var labelSelector: String
  package var fieldSelector: String
  package var keeping: Keeping
  /// What the view reads of an object, where that is little: the rest is passed over. Name,
  /// namespace and resourceVersion must be among it. Nil reads objects whole.
  package var fields: JSONFields?
  /// Ways to find objects other than by key: each gives the values an object is found under.
  package var indexes: [String: @Sendable (Object) -> [String]]
  /// How long the server keeps one watch open; every watch gets up to twice that at random.
  package var watchTimeout: Duration
  package var backoff: Backoff.Policy

  package init(
    resource: ResourceType = Object.resource, namespace: String? = nil, labelSelector: String = "",
    fieldSelector: String = "", keeping: Keeping = .objects, fields: JSONFields? = nil,
    indexes: [String: @Sendable (Object) -> [String]] = [:],
    watchTimeout: Duration = .seconds(300), backoff: Backoff.Policy = Backoff.Policy()
  ) {
    self.resource = resource
    self.namespace = namespace
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.keeping = keeping
    self.fields = fields
    self.indexes = indexes
    self.watchTimeout = watchTimeout
    self.backoff = backoff
  }
}
