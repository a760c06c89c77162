import ObjectStore
import Testing

/// An implementation that must keep the contract. The next one (etcd) is added to `all`.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
  /// What every implementation is told to keep in memory for watchers: little, so that the suite
  /// reaches the history behind it.
  static let window = WatchWindow(revisions: 8, bytes: 1 << 20)

  static let all = [memory, sqlite]

  static let memory = StoreUnderTest(name: "MemoryStore") { body in
    let store = MemoryStore(watchWindow: window)
    try await body(store)
    await store.close()
  }

  static let sqlite = StoreUnderTest(name: "SQLiteStore") { body in
    try await withTemporaryDirectory { directory in
      var configuration = SQLiteStore.Configuration()
      configuration.watchWindow = window
      let store = try SQLiteStore(directory: directory, configuration: configuration)
      try await body(store)
      await store.close()
    }
  }

  var name: String
  /// Runs a test with a new, empty store, which is closed and removed afterwards.
  var withStore: @Sendable (_ body: (any ObjectStore) async throws -> Void) async throws -> Void

  var testDescription: String { name }
}
