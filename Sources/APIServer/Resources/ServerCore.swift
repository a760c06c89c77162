import KubernetesAPI
import ObjectStore

/// What all resources share: the store, the feed of the caches, and the surroundings.
final class ServerCore: Sendable {
  let store: any ObjectStore
  let feed: StoreFeed
  let environment: ServerEnvironment
  /// Nil where the catalogue has no Namespaces; then every namespace exists.
  let namespaces: WatchCache?

  init(
    store: any ObjectStore, feed: StoreFeed, environment: ServerEnvironment,
    namespaces: WatchCache?
  ) {
    self.store = store
    self.feed = feed
    self.environment = environment
    self.namespaces = namespaces
  }

  /// Returns once the caches hold every write that was acknowledged before the call, so that what
  /// they show is as good as a read of the store.
  func catchUp() async throws(APIStatus) {
    try await reach(try await currentRevision())
  }

  /// Returns once the caches hold everything up to a revision.
  ///
  /// - Throws: 504 if the revision is not reached in time, as for one that nobody has written.
  func reach(_ revision: Revision) async throws(APIStatus) {
    let deadline = environment.uptime() + ServerLimits.freshnessWait
    if await feed.reach(revision, deadline: deadline) { return }
    throw .tooLargeResourceVersion(revision, current: try await currentRevision())
  }

  func currentRevision() async throws(APIStatus) -> Revision {
    do throws(StoreError) {
      return try await store.currentRevision()
    } catch {
      throw .store(error)
    }
  }

  func commit(_ transaction: StoreTransaction) async throws(APIStatus) -> CommitResult {
    do throws(StoreError) {
      return try await store.commit(transaction)
    } catch {
      throw .store(error)
    }
  }
}

extension APIStatus {
  /// 504 in the words of a kube-apiserver whose cache does not get there in time.
  static func tooLargeResourceVersion(_ wanted: Revision, current: Revision) -> APIStatus {
    APIStatus(
      code: 504, reason: .timeout,
      message: "Timeout: Too large resource version: \(wanted), current: \(current)",
      details: Details(
        causes: [
          Cause(
            reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")
        ], retryAfterSeconds: 1))
  }

  /// What a failure of the store is to a client.
  static func store(_ error: StoreError) -> APIStatus {
    switch error.code {
    case .closed:
      APIStatus(
        code: 503, reason: .serviceUnavailable,
        message: "the server is currently unable to handle the request (it is shutting down)")
    case .compacted: .expired("The resourceVersion for the provided list is too old.")
    default: .internalError(error.message)
    }
  }
}
