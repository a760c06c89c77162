package import JSONTree
package import KubernetesAPI
package import ObjectStore

/// A write that is about to be committed.
package struct PendingWrite: Sendable {
  package enum Operation: Sendable, Equatable { case create, update, delete }

  /// What became of a write.
  package enum Outcome: Sendable, Equatable {
    case committed(Revision)
    /// Nothing was written: a condition did not hold, and what its key has instead.
    case conflict(StoreTransaction.Condition, current: StoredObject?)
    /// Nothing was written: a dry run, or the object was refused or failed after `prepare`.
    case abandoned
  }

  package var operation: Operation
  package var subresource: Subresource?
  /// The object after the write; for a deletion, the object that goes.
  package var object: JSON
  /// The object as it stands, nil for a creation.
  package var old: JSON?
  /// Nothing will be committed; the answer must be as if it were.
  package var isDryRun: Bool
  /// Further conditions and writes that commit with the object, or not at all.
  package var conditions: [StoreTransaction.Condition] = []
  package var writes: [StoreTransaction.Write] = []

  package init(
    operation: Operation, subresource: Subresource? = nil, object: JSON, old: JSON?, isDryRun: Bool
  ) {
    self.operation = operation
    self.subresource = subresource
    self.object = object
    self.old = old
    self.isDryRun = isDryRun
  }
}

/// Takes part in the transactions that write a kind's objects: how Services get their cluster IPs
/// and node ports inside the same transaction as the write.
///
/// The order is that of a kube-apiserver, where it decides which of several errors a client sees
/// and what validation looks at:
///
/// 1. The object is decoded and defaulted, has its final name (`generateName` is resolved),
///    namespace and uid, and its resourceVersion has been compared with the stored object's.
/// 2. `prepare`. An error ends the request: nothing else of the object is validated.
/// 3. `prepareForCreate` or `prepareForUpdate`, then validation, of the object `prepare` completed.
/// 4. The commit of the object with the hook's conditions and writes, unless it is a dry run.
/// 5. `settle`, exactly once for each `prepare` that returned, whatever became of the write.
///
/// On a conflict on one of the hook's own keys the server begins again at step 1 with a fresh
/// `PendingWrite`, after `settle`. Deletions go through steps 2, 4 and 5, and only when the object
/// really leaves the store, be it by an update that takes its last finalizer.
package protocol TransactionHook: Sendable {
  /// Completes the object and adds conditions and writes.
  ///
  /// - Throws: `APIStatus` where the write cannot be done (a taken address, a full range).
  func prepare(_ write: inout PendingWrite) async throws(APIStatus)

  /// Tells what became of a prepared write, as `prepare` left it.
  func settle(_ write: PendingWrite, _ outcome: PendingWrite.Outcome) async
}

extension TransactionHook {
  package func settle(_ write: PendingWrite, _ outcome: PendingWrite.Outcome) async {}
}
