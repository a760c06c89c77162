import KubernetesAPI

extension UserInfo {
  /// In every authenticated user's groups.
  package static let authenticatedGroup = "system:authenticated"
  /// Whose members may do everything.
  package static let mastersGroup = "system:masters"
}

extension APIStatus {
  static let unauthorized = APIStatus(code: 401, reason: .unauthorized, message: "Unauthorized")
}
