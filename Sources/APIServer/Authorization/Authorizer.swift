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
