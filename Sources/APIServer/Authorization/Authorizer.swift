package import KubernetesAPI

/// What is to be decided about a request (authorization/v1 SubjectAccessReviewSpec).
package struct AccessAttributes: Sendable, Equatable {
  package var user: UserInfo
  package var verb: String
  package var isResourceRequest: Bool
  package var group: String
  package var resource: String
  package var subresource: String
  package var namespace: String
  package var name: String
  /// For requests that name no resource.
  package var path: String
}

/// Decides who may do what.
package protocol Authorizer: Sendable {
  func allows(_ access: AccessAttributes) -> Bool
}

/// Everything for `system:masters`, the API's self-description for everybody who is known, and what
/// the roles that come with the server need.
///
/// Stands where RBAC will: `builtInGrants` is the part of the bootstrap ClusterRoles of the same
/// names that concerns kinds served here.
package struct BuiltInAuthorizer: Authorizer {
  /// Access of one user or group to whole resources, in all namespaces.
  package struct Grant: Sendable {
    /// A user's or a group's name.
    package var subject: String
    package var verbs: Set<String>
    /// Qualified plurals, `endpointslices.discovery.k8s.io`.
    package var resources: Set<String>
  }

  private let grants: [Grant]

  package init(grants: [Grant] = Self.builtInGrants) { self.grants = grants }

  private static let watching: Set<String> = ["get", "list", "watch"]
  private static let dnsResources: Set<String> = [
    "services", "endpoints", "pods", "namespaces", "endpointslices.discovery.k8s.io",
  ]

  /// The cluster DNS and the node proxy, by the names they have in every cluster.
  package static let builtInGrants = [
    Grant(subject: "system:kube-dns", verbs: watching, resources: dnsResources),
    Grant(
      subject: "system:serviceaccount:kube-system:coredns", verbs: watching,
      resources: dnsResources),
    Grant(
      subject: "system:kube-proxy", verbs: watching,
      resources: ["services", "endpoints", "nodes", "endpointslices.discovery.k8s.io"]),
    Grant(
      subject: "system:kube-proxy", verbs: ["create", "patch", "update"],
      resources: ["events", "events.events.k8s.io"]),
  ]

  package func allows(_ access: AccessAttributes) -> Bool {
    let user = access.user
    if user.groups.contains(UserInfo.mastersGroup) { return true }
    guard access.isResourceRequest else {
      return user.groups.contains(UserInfo.authenticatedGroup) && access.verb == "get"
        && Self.isSelfDescription(access.path)
    }
    let resource = access.group.isEmpty ? access.resource : "\(access.resource).\(access.group)"
    return access.subresource.isEmpty
      && grants.contains { grant in
        (grant.subject == user.name || user.groups.contains(grant.subject))
          && grant.verbs.contains(access.verb) && grant.resources.contains(resource)
      }
  }

  /// Paths of Kubernetes' ClusterRole `system:discovery`.
  private static func isSelfDescription(_ path: String) -> Bool {
    let roots = ["/api", "/apis", "/openapi", "/healthz", "/livez", "/readyz", "/version"]
    return roots.contains { path == $0 || path.hasPrefix($0 + "/") }
  }
}

extension APIStatus {
  /// 403 in the words of a kube-apiserver.
  static func accessDenied(_ access: AccessAttributes) -> APIStatus {
    let user = "User \(quoted(access.user.name)) cannot"
    guard access.isResourceRequest else {
      return APIStatus(
        code: 403, reason: .forbidden,
        message: "forbidden: \(user) \(access.verb) path \(quoted(access.path))",
        details: Details())
    }
    var resource = access.resource
    if !access.subresource.isEmpty { resource += "/" + access.subresource }
    let scope =
      access.namespace.isEmpty
      ? "at the cluster scope" : "in the namespace \(quoted(access.namespace))"
    let name = access.name.isEmpty ? "" : " \(quoted(access.name))"
    let qualified = access.group.isEmpty ? access.resource : "\(access.resource).\(access.group)"
    return APIStatus(
      code: 403, reason: .forbidden,
      message: "\(qualified)\(name) is forbidden: \(user) \(access.verb) resource "
        + "\(quoted(resource)) in API group \(quoted(access.group)) \(scope)",
      details: Details(name: access.name, group: access.group, kind: access.resource))
  }
}
