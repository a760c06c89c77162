import JSONTree
import KubernetesAPI
import ObjectStore

extension Resource {
  /// Begins a watch.
  ///
  /// - Throws: what the stream is to report as its only event.
  func watch(
    _ options: ListOptions, _ selection: Selection, transform: Watcher.Transform? = nil
  ) async throws(APIStatus) -> Watcher {
    let beginning = try await beginning(of: options)
    let sendsState = options.sendsInitialEvents ?? false
    let now = core.environment.uptime()
    return try cache.watch(
      selection, from: beginning, allowsBookmarks: options.allowsBookmarks,
      marksInitialEvents: sendsState && options.allowsBookmarks, now: now,
      timeout: timeout(options), bookmarkInterval: ServerLimits.bookmarkInterval,
      transform: transform)
  }

  private func beginning(of options: ListOptions) async throws(APIStatus) -> WatchCache.Beginning {
    let sendsState = options.sendsInitialEvents ?? false
    guard let number = UInt64(options.resourceVersion.isEmpty ? "0" : options.resourceVersion)
    else {
      throw APIStatus(
        code: 500, reason: .unknown, message: invalidVersionMessage(options.resourceVersion))
    }
    if options.resourceVersion.isEmpty {
      try await core.catchUp()
    } else {
      // Changes after a revision that is yet to come begin when it has come.
      try await core.reach(sendsState ? Revision(rawValue: number) : .zero)
    }
    if sendsState { return .state }
    return number == 0 ? .now : .after(Revision(rawValue: number))
  }

  private func timeout(_ options: ListOptions) -> Duration {
    if let seconds = options.timeoutSeconds, seconds > 0 {
      return .seconds(min(seconds, 100 * 365 * 86400))
    }
    let spread = core.environment.random(1000)
    return ServerLimits.watchDuration + ServerLimits.watchDuration * Int(spread) / 1000
  }
}

/// Holds a watcher for as long as its response is read; letting go of it ends the watch.
final class WatchSession: Sendable {
  private let watcher: Watcher
  private let cache: WatchCache

  init(_ watcher: Watcher, of cache: WatchCache) {
    self.watcher = watcher
    self.cache = cache
  }

  deinit { cache.remove(watcher) }

  func next() async -> [UInt8]? { await watcher.next() }
}

extension APIResponse {
  static func watch(
    _ session: WatchSession, contentType: String = "application/json", warnings: [String] = []
  ) -> APIResponse {
    var headers = jsonHeaders(warnings)
    headers["content-type"] = contentType
    return APIResponse(
      status: 200, headers: headers,
      body: .stream(AsyncThrowingStream { await session.next() }))
  }

  /// A watch that cannot begin says so in its first and only event, as clients expect.
  static func watchFailure(_ status: APIStatus) -> APIResponse {
    let frame = WatchEventType.error.frame(status.json.encoded())
    return json(200, frame)
  }
}
