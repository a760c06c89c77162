package import JSONTree
package import KubernetesAPI
package import ObjectStore

/// A write that is about to be committed.
package struct PendingWrite: Sendable {
  package enum Operation: Sendable, Equatable { case create, update, delete }

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
/// The server calls `prepare` after validation, commits, and on a conflict on one of the hook's own
/// keys calls `prepare` again with a fresh `PendingWrite`.
package protocol TransactionHook: Sendable {
  /// Completes the object and adds conditions and writes.
  ///
  /// - Throws: `APIStatus` where the write cannot be done (a taken address, a full range).
  func prepare(_ write: inout PendingWrite) async throws(APIStatus)
}
