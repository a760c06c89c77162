import JSONTree
import KubernetesAPI
import ObjectStore
import Synchronization

/// One kind as it is served: the verbs every kind has, steered by its definition.
final class Resource: Sendable {
  let kind: any KindDefinition
  let cache: WatchCache
  let hooks: [any TransactionHook]
  let core: ServerCore

  init(
    kind: any KindDefinition, cache: WatchCache, hooks: [any TransactionHook], core: ServerCore
  ) {
    self.kind = kind
    self.cache = cache
    self.hooks = hooks
    self.core = core
  }

  /// An object's key behind the kind's prefix.
  func key(namespace: String, name: String) -> String {
    kind.resource.isNamespaced ? namespace + "/" + name : name
  }

  func split(_ key: String) -> (namespace: String, name: String) {
    guard kind.resource.isNamespaced, let slash = key.firstIndex(of: "/") else { return ("", key) }
    return (String(key[..<slash]), String(key[key.index(after: slash)...]))
  }

  /// The object as it stands, with every write acknowledged before the call.
  func current(_ key: String) async throws(APIStatus) -> CachedObject? {
    try await core.catchUp()
    return cache.object(key)
  }

  /// The object a store holds under a key, as the cache would show it.
  func object(_ stored: StoredObject) -> CachedObject? {
    cache.object(
      key: String(stored.key.dropFirst(cache.prefix.count)), value: stored.value,
      revision: stored.modRevision)
  }
}

/// Sentences for the `Warning` header, gathered while a request is served.
final class RequestWarnings: Sendable {
  private let sentences = Mutex<[String]>([])

  /// A sentence that is there already is not repeated.
  func add(_ more: [String]) {
    guard !more.isEmpty else { return }
    sentences.withLock { sentences in
      for sentence in more where !sentences.contains(sentence) { sentences.append(sentence) }
    }
  }

  var all: [String] { sentences.withLock { $0 } }
}

/// An object a write left behind.
struct WriteResult: Sendable {
  /// As it is stored now; at revision zero where nothing was ever written (a dry run).
  var object: CachedObject
  var wasCreated = false
}
