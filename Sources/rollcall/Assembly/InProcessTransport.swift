import APIServer
import KubernetesAPI
import KubernetesClient

/// Carries the requests of roles in the same process to the API server by a call.
struct InProcessTransport: KubernetesTransport {
  let server: APIServer
  /// On whose behalf.
  let user: UserInfo

  func send(_ request: APIRequest) async throws -> APIResponse {
    await server.respond(to: request, as: user)
  }
}
