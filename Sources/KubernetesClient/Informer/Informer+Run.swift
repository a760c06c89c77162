import JSONTree
import KubernetesAPI
import Logging

extension Informer {
  /// How current a list must be.
  private enum ListFrom {
    /// Any state the server has at hand.
    case anything
    /// Not older than the view.
    case view
    /// The newest.
    case newest
  }

  /// A watch ended by the server sooner than this, and without a word, counts as failed.
  private static var shortestWatch: Duration { .seconds(1) }

  /// Between two warnings that the server cannot be followed.
  private static var warningInterval: Duration { .seconds(30) }

  /// How much longer than agreed a watch may stay silent before it is given up.
  private static var watchGrace: Duration { .seconds(30) }

  /// Lists and watches until the task is cancelled.
  package func run() async {
    var failures = Backoff(policy: options.backoff)
    // A server that answers "expired" works, so that a new list need not wait for the failures
    // before; only lists that expire again and again are slowed down.
    var expirations = Backoff(policy: options.backoff)
    var listFrom: ListFrom? = .anything
    var lastWarning: Duration?
    while !Task.isCancelled {
      do {
        if let from = listFrom {
          try await list(from)
          listFrom = nil
        }
        try await watch()
      } catch {
        if Task.isCancelled || error is CancellationError { return }
        let now = client.time.uptime()
        var delay = Duration.zero
        if Self.needsList(error) {
          listFrom = .newest
          if !expirations.isRested(at: now) {
            delay = expirations.delay(at: now, random: client.random())
          } else {
            _ = expirations.delay(at: now, random: 0)
          }
        } else {
          if listFrom == .anything, !resourceVersion.isEmpty { listFrom = .view }
          delay = failures.delay(at: now, random: client.random())
        }
        // A server that is away for long is told of now and then, not at every attempt.
        let isNews = lastWarning.map { now - $0 >= Self.warningInterval } ?? true
        if delay > .zero, isNews { lastWarning = now }
        logger.log(
          level: delay > .zero && isNews ? .warning : .debug, "cannot follow the server's changes",
          metadata: ["error": "\(error)", "retry-in": "\(delay)"])
        if delay == .zero { continue }
        do { try await client.time.sleep(delay) } catch { return }
      }
    }
  }

  /// Whether the place the view stands at is gone, or never was, so that only a new list can tell
  /// what was missed.
  private static func needsList(_ error: any Error) -> Bool {
    if let status = error as? APIStatus {
      return status.isExpired || status.isTooLargeResourceVersion
    }
    return error is WatchWentBack
  }

  // MARK: List

  private func list(_ from: ListFrom) async throws {
    let resourceVersion: String? =
      switch from {
      case .anything: "0"
      case .view: self.resourceVersion
      case .newest: nil
      }
    var target = target()
    ListOptions(
      labelSelector: options.labelSelector, fieldSelector: options.fieldSelector,
      resourceVersion: resourceVersion
    ).write(to: &target)
    let body = try await client.open(
      request(target, metadataForm: "PartialObjectMetadataList"))
    var decoder = ListDecoder(only: options.fields)
    beginList()
    try await body.forEachChunk { chunk in
      var changes: [Change] = []
      try decoder.feed(chunk) { changes.append(.present(Object(json: $0))) }
      apply(changes)
    }
    let list = try decoder.finish()
    if let status = APIStatus(json: list) { throw status }
    let version = list["metadata"]?["resourceVersion"]?.string ?? ""
    endList(resourceVersion: version)
    logger.debug("listed", metadata: ["count": "\(count)", "resource-version": "\(version)"])
  }

  // MARK: Watch

  /// Watches until the server ends the watch at its time; throws when it fails before.
  private func watch() async throws {
    let timeout = options.watchTimeout * (1 + client.random())
    var target = target()
    ListOptions(
      labelSelector: options.labelSelector, fieldSelector: options.fieldSelector,
      resourceVersion: resourceVersion
    ).write(to: &target)
    target.add("watch", "true")
    target.add("allowWatchBookmarks", "true")
    target.add("timeoutSeconds", String(timeout.components.seconds))
    let request = request(target, metadataForm: "PartialObjectMetadata")
    let start = client.time.uptime()
    let heard = try await withDeadline(timeout + Self.watchGrace, client.time) {
      try await self.follow(self.client.open(request))
    }
    let duration = client.time.uptime() - start
    if !heard, duration < min(Self.shortestWatch, options.watchTimeout) {
      throw TransportError(.interrupted, "the server ended the watch at once, without an event")
    }
  }

  /// Applies a watch's events to its end; false if there was none.
  private func follow(_ body: APIResponse.Body) async throws -> Bool {
    var decoder = WatchDecoder(only: options.fields)
    var heard = false
    try await body.forEachChunk { chunk in
      var changes: [Change] = []
      var version: String?
      var failure: (any Error)?
      try decoder.feed(chunk) { event in
        guard failure == nil else { return }
        switch event {
        case .added(let json), .modified(let json):
          let object = Object(json: json)
          version = object.metadata.resourceVersion
          changes.append(.present(object))
        case .deleted(let json):
          let object = Object(json: json)
          version = object.metadata.resourceVersion
          changes.append(.gone(object))
        case .bookmark(let mark, _):
          if let reached = UInt64(version ?? resourceVersion), let mark = UInt64(mark),
            mark < reached
          {
            failure = WatchWentBack(reached: reached, told: mark)
          }
          version = mark
        case .failed(let status):
          failure = status
        }
        heard = true
      }
      if failure is WatchWentBack { version = nil }
      apply(changes, resourceVersion: version)
      if let failure { throw failure }
    }
    return heard
  }

  // MARK: Requests

  private func target() -> RequestTarget {
    RequestTarget(options.resource, namespace: options.namespace)
  }

  /// - Parameter form: what the answer is made of when only metadata is asked for; a server that
  ///   cannot leave out the rest sends whole objects.
  private func request(_ target: RequestTarget, metadataForm form: String) -> APIRequest {
    var accept = "application/json"
    if Object.self == PartialObjectMetadata.self {
      accept = "application/json;as=\(form);g=meta.k8s.io;v=v1,application/json"
    }
    return APIRequest(method: "GET", target: target.text, headers: ["accept": accept])
  }
}

/// The server told a resourceVersion older than one it told before: its store is another one, or
/// was set back.
struct WatchWentBack: Error, CustomStringConvertible {
  var reached: UInt64
  var told: UInt64

  var description: String {
    "the server's history went back from resourceVersion \(reached) to \(told)"
  }
}
