import KubernetesAPI
import Synchronization

/// Decides by the roles and bindings in the cluster (RBAC), and lets members of `system:masters` do
/// everything, whatever those say.
final class RoleAuthorizer: Authorizer {
  private let clusterRoles: WatchCache?
  private let roles: WatchCache?
  private let clusterBindings: WatchCache?
  private let bindings: WatchCache?
  private let state = Mutex(State())

  private struct State {
    /// Of the caches, when the policy was made of them.
    var changeCounts: [UInt64] = []
    var policy = AccessPolicy()
  }

  /// - Parameter caches: of all kinds; where one of those for roles is missing there are none.
  init(caches: [WatchCache]) {
    func cache(_ type: ResourceType) -> WatchCache? {
      caches.first { $0.kind.resource == type }
    }
    clusterRoles = cache(.clusterRole)
    roles = cache(.role)
    clusterBindings = cache(.clusterRoleBinding)
    bindings = cache(.roleBinding)
  }

  func allows(_ access: AccessAttributes) -> Bool {
    access.user.groups.contains(UserInfo.mastersGroup) || policy.allows(access)
  }

  /// The roles and bindings as they stand. Compiled anew only after one of them has changed, which
  /// is rare beside the requests it decides.
  var policy: AccessPolicy {
    let caches = [clusterRoles, roles, clusterBindings, bindings]
    return state.withLock { state in
      // Counted before the objects are read: a change in between is found the next time.
      let changeCounts = caches.map { $0?.changeCount ?? 0 }
      if changeCounts != state.changeCounts {
        state.policy = AccessPolicy(
          clusterRoles: Self.objects(clusterRoles), roles: Self.objects(roles),
          clusterBindings: Self.objects(clusterBindings), bindings: Self.objects(bindings))
        state.changeCounts = changeCounts
      }
      return state.policy
    }
  }

  private static func objects(_ cache: WatchCache?) -> [CachedObject] {
    cache.map { Array(IteratorSequence($0.snapshot(prefix: "").cursor)) } ?? []
  }
}
