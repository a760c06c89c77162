import JSONTree
import KubernetesAPI
import KubernetesClient
import Synchronization

/// Asks the API server who may use the agent's server (authorization/v1 SubjectAccessReview), as a
/// kubelet in webhook mode does.
final class AgentAccess: Sendable {
  /// What is done with the Node, in words of its subresources.
  struct Attributes: Hashable, Sendable {
    var verb: String
    /// `proxy`, `log`, …
    var subresource: String
  }

  private struct Question: Hashable {
    var user: UserInfo
    var attributes: Attributes
  }

  private struct Answer {
    var isAllowed: Bool
    var until: Duration
  }

  private let client: KubernetesClient
  private let nodeName: String
  private let answers = Mutex<[Question: Answer]>([:])

  /// The kubelet's defaults (authorization.webhook.cacheAuthorizedTTL, cacheUnauthorizedTTL).
  private static let allowedFor = Duration.seconds(300)
  private static let refusedFor = Duration.seconds(30)
  /// Answers remembered before all are forgotten.
  private static let capacity = 1024
  private static let reviews = ResourceType(
    group: "authorization.k8s.io", version: "v1", kind: "SubjectAccessReview",
    plural: "subjectaccessreviews", isNamespaced: false)

  init(client: KubernetesClient, nodeName: String) {
    self.client = client
    self.nodeName = nodeName
  }

  /// Throws what the client throws when the API server cannot be asked.
  func allows(_ user: UserInfo, _ attributes: Attributes) async throws -> Bool {
    let question = Question(user: user, attributes: attributes)
    let now = client.time.uptime()
    if let known = answers.withLock({ $0[question] }), known.until > now { return known.isAllowed }
    let review: JSON = [
      "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
      "spec": [
        "user": .string(user.name), "groups": JSON(strings: user.groups),
        "resourceAttributes": [
          "verb": .string(attributes.verb), "group": "", "version": "v1", "resource": "nodes",
          "subresource": .string(attributes.subresource), "name": .string(nodeName),
        ],
      ],
    ]
    let answer = try await client.create(Self.reviews, namespace: nil, review)
    let isAllowed = answer[path: "status", "allowed"]?.bool ?? false
    answers.withLock { answers in
      if answers.count >= Self.capacity { answers.removeAll() }
      answers[question] = Answer(
        isAllowed: isAllowed, until: now + (isAllowed ? Self.allowedFor : Self.refusedFor))
    }
    return isAllowed
  }
}
