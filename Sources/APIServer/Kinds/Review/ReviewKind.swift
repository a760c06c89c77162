package import JSONTree
package import KubernetesAPI

/// A kind whose objects are questions: they are created, answered at once and kept nowhere.
package struct ReviewKind: KindDefinition {
  package let resource: ResourceType
  package let schema: ObjectSchema

  /// What is asked.
  enum Question: Sendable {
    /// Whether the asker may do something.
    case ownAccess
    /// Whether somebody may.
    case access
    /// The same, within the namespace of the request.
    case localAccess
    /// Everything the asker may do in a namespace.
    case ownRules
    /// Who the asker is.
    case ownIdentity
    /// Whose token it is.
    case token
  }

  let question: Question

  private init(
    _ question: Question, group: String, kind: String, isNamespaced: Bool = false,
    _ schema: ObjectSchema
  ) {
    self.question = question
    self.schema = schema
    resource = ResourceType(
      group: group, version: "v1", kind: kind, plural: kind.lowercased() + "s",
      isNamespaced: isNamespaced)
  }

  private static let authorization = "authorization.k8s.io"
  private static let authentication = "authentication.k8s.io"

  package static let all = [
    ReviewKind(
      .localAccess, group: authorization, kind: "LocalSubjectAccessReview", isNamespaced: true,
      .localSubjectAccessReview),
    ReviewKind(
      .ownAccess, group: authorization, kind: "SelfSubjectAccessReview", .selfSubjectAccessReview),
    ReviewKind(
      .ownRules, group: authorization, kind: "SelfSubjectRulesReview", .selfSubjectRulesReview),
    ReviewKind(.access, group: authorization, kind: "SubjectAccessReview", .subjectAccessReview),
    ReviewKind(.ownIdentity, group: authentication, kind: "SelfSubjectReview", .selfSubjectReview),
    ReviewKind(.token, group: authentication, kind: "TokenReview", .tokenReview),
  ]

  package var verbs: [String] { ["create"] }
  /// Nothing is ever stored there.
  package var storagePrefix: String { "/registry/\(resource.plural)" }
  package var columns: [PrinterColumn] { [.name] }
  package func cells(of object: JSON, now: Timestamp) -> [JSON] { [object.nameCell] }
  package func problems(ofName name: String) -> [String] { [] }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    let spec = object.member("spec")
    switch question {
    case .ownAccess, .access, .localAccess: break
    case .ownRules, .ownIdentity, .token: return []
    }
    var checks = FieldChecks()
    let path = FieldPath("spec")
    let (resource, other) = (spec["resourceAttributes"], spec["nonResourceAttributes"])
    if resource != nil, let other {
      checks.invalid(
        path.child("nonResourceAttributes"), other,
        "cannot be specified in combination with resourceAttributes")
    }
    if resource == nil, other == nil {
      checks.invalid(
        path.child("resourceAttributes"), nil,
        "exactly one of nonResourceAttributes or resourceAttributes must be specified")
    }
    if question != .ownAccess, spec.text("user").isEmpty, spec.items("groups").isEmpty {
      checks.invalid(path.child("user"), "", "at least one of user or group must be specified")
    }
    return checks.errors
  }
}
