import KubernetesAPI
import KubernetesClient
import Logging

/// A loop that brings what is towards what should be.
package protocol Controller: Sendable {
  /// In log lines and as the source of events: `endpoint-slice-controller`.
  var name: String { get }

  /// Works until the task is cancelled. The informers it reads are run by others, and may not have
  /// synced yet.
  func run() async
}

extension WorkQueue where Key: CustomStringConvertible {
  /// Works on keys until the task is cancelled; what a turn throws is logged and tried again.
  ///
  /// - Parameter sync: works on one key; gives the outcome of a turn that did not fail.
  func run(
    workers: Int, logger: Logger, sync: @escaping @Sendable (Key) async throws -> Outcome
  ) async {
    await run(workers: workers) { key in
      do {
        return try await sync(key)
      } catch {
        if Task.isCancelled { return .done }
        // A conflict is everyday life: the object changed while we were at it.
        let isConflict = (error as? APIStatus)?.isConflict ?? false
        logger.log(
          level: isConflict ? .debug : .warning, "cannot reconcile, will retry",
          metadata: ["key": "\(key)", "error": "\(error)"])
        return .failed
      }
    }
  }
}
