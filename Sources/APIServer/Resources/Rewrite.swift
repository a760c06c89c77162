import JSONTree
import KubernetesAPI
import ObjectStore

extension Resource {
  /// Changes an object on the server's own account, without the rules for clients' updates.
  ///
  /// - Parameter change: called again with the newer state when somebody else was faster.
  @discardableResult
  func rewrite(
    namespace: String, name: String, isDryRun: Bool = false, change: Change
  ) async throws(APIStatus) -> CachedObject {
    let key = key(namespace: namespace, name: name)
    var current = try await current(key)
    for _ in 0..<ServerLimits.writeAttempts {
      guard let existing = current else { throw .notFound(kind.resource, name: name) }
      let old = existing.json
      let new = try change(old)
      if new == old { return existing }
      let attempt = try await put(
        new, key: key, if: .unchanged(key: cache.prefix + key, since: existing.revision),
        prepared: PreparedWrite(
          PendingWrite(operation: .update, object: new, old: old, isDryRun: isDryRun)))
      switch attempt {
      case .written(let object): return object
      case .changed(let newer): current = newer
      case .again: current = try await self.current(key)
      }
    }
    throw .modified(kind.resource, name: name)
  }
}
