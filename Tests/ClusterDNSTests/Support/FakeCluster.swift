import JSONTree
import KubernetesAPI
import KubernetesClient
import Synchronization

/// An API server of a few objects: lists what it has, and tells its watches of every change.
final class FakeCluster: KubernetesTransport {
  private struct State {
    var objects: [String: [ObjectKey: JSON]] = [:]
    var watches: [String: [AsyncThrowingStream<[UInt8], any Error>.Continuation]] = [:]
    /// Every change, for watches that begin after it came.
    var history: [String: [(revision: Int, line: [UInt8])]] = [:]
    var revision = 100
    var isHeld = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Requests wait while the cluster is held.
  func hold() { state.withLock { $0.isHeld = true } }

  func release() {
    let waiting = state.withLock { state in
      state.isHeld = false
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  func put(_ object: some KubernetesObject) {
    state.withLock { state in
      state.revision += 1
      var object = object
      object.metadata.resourceVersion = "\(state.revision)"
      let path = type(of: object).resource.path()
      let isNew = state.objects[path]?[object.key] == nil
      state.objects[path, default: [:]][object.key] = object.json
      Self.tell(&state, path, isNew ? "ADDED" : "MODIFIED", object.json)
    }
  }

  func delete(_ object: some KubernetesObject) {
    state.withLock { state in
      state.revision += 1
      let path = type(of: object).resource.path()
      guard var json = state.objects[path]?.removeValue(forKey: object.key) else { return }
      json["metadata"]?["resourceVersion"] = .string("\(state.revision)")
      Self.tell(&state, path, "DELETED", json)
    }
  }

  private static func tell(_ state: inout State, _ path: String, _ type: String, _ object: JSON) {
    let event: JSON = ["type": .string(type), "object": object]
    let line = event.encoded() + [UInt8(ascii: "\n")]
    state.history[path, default: []].append((state.revision, line))
    for watch in state.watches[path] ?? [] { watch.yield(line) }
  }

  func send(_ request: APIRequest) async throws -> APIResponse {
    await withCheckedContinuation { continuation in
      let isHeld = state.withLock { state in
        if state.isHeld { state.waiting.append(continuation) }
        return state.isHeld
      }
      if !isHeld { continuation.resume() }
    }
    let parts = request.target.split(separator: "?", maxSplits: 1)
    let path = String(parts[0])
    let isWatch = parts.count > 1 && parts[1].contains("watch=true")
    return state.withLock { state in
      if isWatch {
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let start = Self.version(in: String(parts[1]))
        for change in state.history[path] ?? [] where change.revision > start {
          continuation.yield(change.line)
        }
        state.watches[path, default: []].append(continuation)
        return APIResponse(status: 200, body: .stream(stream))
      }
      let list: JSON = [
        "metadata": ["resourceVersion": .string("\(state.revision)")],
        "items": .array(Array((state.objects[path] ?? [:]).values)),
      ]
      return APIResponse(status: 200, body: .bytes(list.encoded()))
    }
  }

  /// Behind which change a watch begins.
  private static func version(in query: String) -> Int {
    query.split(separator: "&").lazy.compactMap { $0.wholeMatch(of: #/resourceVersion=(\d+)/#) }
      .first.flatMap { Int($0.output.1) } ?? 0
  }
}
