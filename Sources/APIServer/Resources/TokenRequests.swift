import JSONTree
import KubernetesAPI

extension APIServer {
  /// Issues a token of a ServiceAccount (`serviceaccounts/token`).
  ///
  /// - Parameter body: authentication/v1 TokenRequest.
  /// - Returns: the same with its status.
  func issueToken(
    _ body: JSON, _ info: RequestInfo, of accounts: Resource
  ) async throws(APIStatus) -> JSON {
    guard let tokens else { throw .methodNotAllowed }
    var request = body
    let key = accounts.key(namespace: info.namespace, name: info.name)
    guard let account = try await accounts.current(key)?.json else {
      throw .notFound(accounts.kind.resource, name: info.name)
    }
    let uid = account[path: "metadata", "uid"]?.string ?? ""
    var metadata = request["metadata"] ?? [:]
    if let name = metadata["name"]?.string, name != info.name {
      throw .badRequest(
        "the name in the token request (\(name)) does not match the name on the URL "
          + "(\(info.name))")
    }
    metadata["name"] = .string(info.name)
    metadata["namespace"] = .string(info.namespace)
    metadata["uid"] = .string(uid)
    metadata["creationTimestamp"] = .string(core.environment.now().description)
    request["metadata"] = metadata
    var spec = request["spec"] ?? [:]
    let seconds = spec["expirationSeconds"]?.integer ?? 3600
    try Self.checkExpiry(seconds)
    let bound = try await boundObject(spec["boundObjectRef"], account: info)
    let audiences = spec["audiences"]?.strings ?? []
    let issued = try tokens.issue(
      namespace: info.namespace, account: (info.name, uid), audiences: audiences,
      seconds: seconds, bound: bound)
    if audiences.isEmpty {
      spec["audiences"] = [.string(configuration.serviceAccountIssuer)]
    }
    spec["expirationSeconds"] = .integer(seconds)
    request["spec"] = spec
    request["status"] = [
      "token": .string(issued.token), "expirationTimestamp": .string(issued.expires.description),
    ]
    return request
  }

  private static func checkExpiry(_ seconds: Int64) throws(APIStatus) {
    let path = FieldPath("spec.expirationSeconds")
    let problem: String
    if seconds < 600 {
      problem = "may not specify a duration less than 10 minutes"
    } else if seconds > 1 << 32 {
      problem = "may not specify a duration larger than 2^32 seconds"
    } else {
      return
    }
    let kind = ResourceType(
      group: "authentication.k8s.io", version: "v1", kind: "TokenRequest",
      plural: "tokenrequests", isNamespaced: true)
    throw .invalid(kind, name: "", [.invalid(path, .integer(seconds), problem)])
  }

  private func boundObject(
    _ reference: JSON?, account info: RequestInfo
  ) async throws(APIStatus) -> ServiceAccountTokens.BoundObject? {
    guard let reference else { return nil }
    let kind = reference["kind"]?.string ?? ""
    let name = reference["name"]?.string ?? ""
    let plurals = ["Pod": "pods", "Secret": "secrets", "Node": "nodes"]
    guard let plural = plurals[kind],
      let resource = resources[ResourcePath(group: "", version: "v1", plural: plural)]
    else {
      throw .badRequest(
        "cannot bind token to object of type \(reference["apiVersion"]?.string ?? ""), "
          + "Kind=\(kind)")
    }
    let key = resource.key(namespace: info.namespace, name: name)
    guard let object = resource.cache.object(key)?.json else {
      throw .notFound(resource.kind.resource, name: name)
    }
    let uid = object[path: "metadata", "uid"]?.string ?? ""
    if let wanted = reference["uid"]?.string, !wanted.isEmpty, wanted != uid {
      throw .conflict(
        resource.kind.resource, name: name,
        "the UID in the bound object reference (\(wanted)) does not match the UID in record. The "
          + "object might have been deleted and then recreated")
    }
    var bound = ServiceAccountTokens.BoundObject(kind: kind, name: name, uid: uid)
    guard kind == "Pod" else { return bound }
    guard object[path: "spec", "serviceAccountName"]?.string ?? "default" == info.name else {
      throw .badRequest(
        "cannot bind token for serviceaccount \"\(info.name)\" to pod running with different "
          + "serviceaccount name.")
    }
    if let node = object[path: "spec", "nodeName"]?.string, !node.isEmpty {
      let nodes = resources[ResourcePath(group: "", version: "v1", plural: "nodes")]
      let uid = nodes?.cache.object(node)?.json[path: "metadata", "uid"]?.string ?? ""
      bound.node = (node, uid)
    }
    return bound
  }
}
