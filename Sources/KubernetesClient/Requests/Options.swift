import JSONTree

/// Which objects of a collection are meant, and how current the answer must be (meta/v1
/// ListOptions).
package struct ListOptions: Sendable {
  /// A label selector in query form, `app=web,tier!=cache`. Empty selects all.
  package var labelSelector: String
  /// A field selector in query form, `spec.nodeName=node-1`. Empty selects all.
  package var fieldSelector: String
  /// Nil asks for the newest state; `0` for any state the server has at hand; another value for a
  /// state not older than that.
  package var resourceVersion: String?
  /// Most objects in one answer; 0 for no limit.
  package var limit: Int
  /// `metadata.continue` of the answer before.
  package var continueToken: String

  package init(
    labelSelector: String = "", fieldSelector: String = "", resourceVersion: String? = nil,
    limit: Int = 0, continueToken: String = ""
  ) {
    self.labelSelector = labelSelector
    self.fieldSelector = fieldSelector
    self.resourceVersion = resourceVersion
    self.limit = limit
    self.continueToken = continueToken
  }

  func write(to target: inout RequestTarget) {
    target.add("labelSelector", labelSelector)
    target.add("fieldSelector", fieldSelector)
    target.add("resourceVersion", resourceVersion)
    if limit > 0 { target.add("limit", String(limit)) }
    target.add("continue", continueToken)
  }
}

/// What becomes of the objects an object owns when it is deleted (meta/v1 DeletionPropagation).
package enum DeletionPropagation: String, Sendable, Hashable {
  case orphan = "Orphan"
  case background = "Background"
  case foreground = "Foreground"
}

/// How to delete (meta/v1 DeleteOptions).
package struct DeleteOptions: Sendable {
  /// The deletion fails with 409 if the object is another one of the same name.
  package var uid: String?
  /// The deletion fails with 409 if the object has changed since.
  package var resourceVersion: String?
  /// Nil leaves it to the resource's own default.
  package var propagation: DeletionPropagation?
  package var gracePeriodSeconds: Int?

  package init(
    uid: String? = nil, resourceVersion: String? = nil, propagation: DeletionPropagation? = nil,
    gracePeriodSeconds: Int? = nil
  ) {
    self.uid = uid
    self.resourceVersion = resourceVersion
    self.propagation = propagation
    self.gracePeriodSeconds = gracePeriodSeconds
  }

  var json: JSON {
    var object: JSONObject = ["apiVersion": "v1", "kind": "DeleteOptions"]
    var preconditions = JSONObject()
    preconditions["uid"] = uid.map { .string($0) }
    preconditions["resourceVersion"] = resourceVersion.map { .string($0) }
    if !preconditions.isEmpty { object["preconditions"] = .object(preconditions) }
    object["propagationPolicy"] = propagation.map { .string($0.rawValue) }
    object["gracePeriodSeconds"] = gracePeriodSeconds.map { .integer(Int64($0)) }
    return .object(object)
  }
}

/// The forms of patch an API server takes.
package enum PatchType: String, Sendable, Hashable {
  /// RFC 6902.
  case json = "application/json-patch+json"
  /// RFC 7386.
  case merge = "application/merge-patch+json"
  /// Kubernetes' own: lists of objects merge by key.
  case strategic = "application/strategic-merge-patch+json"
}
