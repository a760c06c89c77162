import JSONTree
import KubernetesAPI

extension APIServer {
  /// Answers a question that came as the creation of an object.
  func answer(
    _ kind: ReviewKind, _ request: ResourceRequest
  ) throws(APIStatus) -> APIResponse {
    let options = try WriteOptions(request.query, kind: "CreateOptions")
    var object = try request.decode(kind, options, bodies)
    let errors = kind.validateCreate(object)
    if !errors.isEmpty { throw .invalid(kind.resource, name: "", errors) }
    object["status"] = try status(of: object.member("spec"), kind, request)
    return .encoded(201, object.encoded(), request.form, warnings: request.warnings.all)
  }

  private func status(
    of spec: JSON, _ kind: ReviewKind, _ request: ResourceRequest
  ) throws(APIStatus) -> JSON {
    switch kind.question {
    case .ownAccess: return access(of: request.user, spec)
    case .access: return access(of: Self.user(spec), spec)
    case .localAccess:
      let namespace = spec.member("resourceAttributes").text("namespace")
      guard namespace == request.info.namespace else {
        throw .invalid(
          kind.resource, name: "",
          [
            .invalid(
              FieldPath("spec.resourceAttributes.namespace"), .string(namespace),
              "must match metadata.namespace")
          ])
      }
      return access(of: Self.user(spec), spec)
    case .ownRules:
      let namespace = spec.text("namespace")
      guard !namespace.isEmpty else { throw .badRequest("no namespace on request") }
      return rules(of: request.user, in: namespace)
    case .ownIdentity: return ["userInfo": Self.describe(request.user)]
    case .token: return try owner(ofToken: spec.text("token"))
    }
  }

  private static func user(_ spec: JSON) -> UserInfo {
    UserInfo(
      name: spec.text("user"), groups: spec["groups"]?.strings ?? [], uid: spec.text("uid"))
  }

  private func access(of user: UserInfo, _ spec: JSON) -> JSON {
    let resource = spec.member("resourceAttributes")
    let isResource = resource != .null
    let attributes = isResource ? resource : spec.member("nonResourceAttributes")
    let isAllowed = authorizer.allows(
      AccessAttributes(
        user: user, verb: attributes.text("verb"), isResourceRequest: isResource,
        group: attributes.text("group"), resource: attributes.text("resource"),
        subresource: attributes.text("subresource"), namespace: attributes.text("namespace"),
        name: attributes.text("name"), path: attributes.text("path")))
    return ["allowed": .bool(isAllowed)]
  }

  private func rules(of user: UserInfo, in namespace: String) -> JSON {
    let rules = roles.policy.rules(for: user, in: namespace)
    return [
      "incomplete": false,
      "resourceRules": .array(rules.filter { !$0.resources.isEmpty }.map(\.json)),
      "nonResourceRules": .array(rules.filter { !$0.nonResourceURLs.isEmpty }.map(\.json)),
    ]
  }

  private func owner(ofToken token: String) throws(APIStatus) -> JSON {
    guard !token.isEmpty else {
      throw .badRequest("token is required for TokenReview in authentication")
    }
    guard let user = tokens?.user(forToken: token) else { return ["user": [:]] }
    return [
      "authenticated": true, "user": Self.describe(user),
      "audiences": [.string(configuration.serviceAccountIssuer)],
    ]
  }

  /// authentication/v1 UserInfo.
  private static func describe(_ user: UserInfo) -> JSON {
    var groups = user.groups
    if !groups.contains(UserInfo.authenticatedGroup) { groups.append(UserInfo.authenticatedGroup) }
    var members: JSONObject = ["username": .string(user.name), "groups": JSON(strings: groups)]
    members["uid"] = JSON(nonEmpty: user.uid)
    return .object(members)
  }
}
