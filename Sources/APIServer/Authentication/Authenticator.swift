package import KubernetesAPI

/// Tells who sends a bearer token.
package protocol Authenticator: Sendable {
  /// The token's owner, nil if the token is not one that counts here.
  func user(forToken token: String) async -> UserInfo?
}

/// Knows no tokens: everybody comes with a client certificate or from within the process.
package struct NoTokens: Authenticator {
  package init() {}
  package func user(forToken token: String) async -> UserInfo? { nil }
}

extension UserInfo {
  /// In every authenticated user's groups.
  package static let authenticatedGroup = "system:authenticated"
  /// Whose members may do everything.
  package static let mastersGroup = "system:masters"
}

extension APIStatus {
  static let unauthorized = APIStatus(code: 401, reason: .unauthorized, message: "Unauthorized")
}
