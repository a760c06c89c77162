extension StoreError {
  static let closed = StoreError(.closed, "the store is closed")

  static func futureRevision(_ revision: Revision, _ current: Revision) -> StoreError {
    StoreError(
      .futureRevision, "revision \(revision) has not been reached; the store is at \(current)")
  }

  static func compacted(_ revision: Revision, _ compacted: Revision) -> StoreError {
    StoreError(
      .compacted, "revision \(revision) has been compacted; history begins at \(compacted)")
  }
}
