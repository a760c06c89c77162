import Crypto
import JSONTree
import KubernetesAPI
import Synchronization

/// Issues and recognizes the tokens of ServiceAccounts (bound tokens, KEP-1205).
///
/// A token counts as long as its ServiceAccount and the object it is bound to exist, with the uids
/// they had; the caches are asked each time.
final class ServiceAccountTokens: Sendable {
  /// What a token is bound to beside its account.
  struct BoundObject: Sendable {
    var kind: String
    var name: String
    var uid: String
    /// The Node of a Pod, for whoever inspects the token.
    var node: (name: String, uid: String)?
  }

  private let key: ServiceAccountKey
  private let issuer: String
  private let environment: ServerEnvironment
  /// The caches that tokens are checked against, by kind.
  private let caches: [String: WatchCache]
  /// Claims of tokens whose signature was verified.
  private let verified = Mutex<[String: JSON]>([:])

  /// Verified tokens that are remembered: a signature costs a hundred microseconds, and a client
  /// uses the same token for an hour.
  private static let remembered = 1024

  init(
    key: ServiceAccountKey, issuer: String, environment: ServerEnvironment,
    caches: [String: WatchCache]
  ) {
    self.key = key
    self.issuer = issuer
    self.environment = environment
    self.caches = caches
  }

  // MARK: Issuing

  /// - Parameter audiences: empty for the API server itself.
  func issue(
    namespace: String, account: (name: String, uid: String), audiences: [String],
    seconds: Int64, bound: BoundObject?
  ) throws(APIStatus) -> (token: String, expires: Timestamp) {
    let now = environment.now().seconds
    var context: JSONObject = [
      "namespace": .string(namespace),
      "serviceaccount": ["name": .string(account.name), "uid": .string(account.uid)],
    ]
    if let bound {
      context[bound.kind.lowercased()] = ["name": .string(bound.name), "uid": .string(bound.uid)]
      if let node = bound.node {
        context["node"] = ["name": .string(node.name), "uid": .string(node.uid)]
      }
    }
    let claims: JSON = [
      "iss": .string(issuer), "sub": .string(Self.userName(namespace, account.name)),
      "aud": JSON(strings: audiences.isEmpty ? [issuer] : audiences), "iat": .integer(now),
      "nbf": .integer(now), "exp": .integer(now + seconds), "jti": .string(environment.uuid()),
      "kubernetes.io": .object(context),
    ]
    do {
      let token = try JSONWebToken.sign(claims, with: key.privateKey, keyID: key.id)
      return (token, Timestamp(seconds: now + seconds))
    } catch {
      throw .internalError("cannot sign the token: \(error)")
    }
  }

  private static func userName(_ namespace: String, _ name: String) -> String {
    "system:serviceaccount:\(namespace):\(name)"
  }

  // MARK: Recognizing

  /// A token's owner, nil if the token is not one that counts.
  func user(forToken token: String) -> UserInfo? {
    guard let claims = verifiedClaims(token) else { return nil }
    let now = environment.now().seconds
    guard let expires = claims["exp"]?.integer, now < expires,
      now >= claims["nbf"]?.integer ?? 0, claims["iss"]?.string == issuer,
      claims["aud"]?.strings.contains(issuer) == true, let context = claims["kubernetes.io"],
      let namespace = context["namespace"]?.string,
      let account = context["serviceaccount"], let name = account["name"]?.string,
      let uid = account["uid"]?.string,
      exists("ServiceAccount", namespace + "/" + name, uid: uid)
    else { return nil }
    for (kind, member) in [("Pod", "pod"), ("Secret", "secret")] {
      guard let bound = context[member] else { continue }
      let key = namespace + "/" + (bound["name"]?.string ?? "")
      guard exists(kind, key, uid: bound["uid"]?.string ?? "") else { return nil }
    }
    // A Pod's token names the Node only for information.
    if context["pod"] == nil, let node = context["node"],
      !exists("Node", node["name"]?.string ?? "", uid: node["uid"]?.string ?? "")
    {
      return nil
    }
    return UserInfo(
      name: Self.userName(namespace, name),
      groups: ["system:serviceaccounts", "system:serviceaccounts:" + namespace], uid: uid)
  }

  private func verifiedClaims(_ token: String) -> JSON? {
    if let claims = verified.withLock({ $0[token] }) { return claims }
    guard let claims = JSONWebToken.verify(token, with: key.privateKey.publicKey) else {
      return nil
    }
    verified.withLock { verified in
      if verified.count >= Self.remembered { verified.removeAll() }
      verified[token] = claims
    }
    return claims
  }

  private func exists(_ kind: String, _ key: String, uid: String) -> Bool {
    caches[kind]?.object(key)?.json[path: "metadata", "uid"]?.string == uid
  }
}
