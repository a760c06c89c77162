import KubernetesAPI
import KubernetesClient
import Synchronization

/// How long an event takes from the request that causes it to each of many watchers.
struct WatchFanOut: Sendable {
  var server: Server
  var watchers: Int

  /// Seconds from sending the write to each watcher's receipt, over all events and watchers.
  func run(events: Int) async throws -> [Double] {
    let namespace = "bench-watch-\(UInt32.random(in: 0 ... .max))"
    let writer = try server.connect()
    let made = try await Server.send(
      writer, "POST", "/api/v1/namespaces",
      body: Array(
        #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(namespace)"}}"#.utf8))
    guard made.status == 201 else { throw UnexpectedAnswer(made.status, made.body) }
    let path = "/api/v1/namespaces/\(namespace)/configmaps"
    let board = ArrivalBoard(watchers: watchers)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<watchers {
        group.addTask { try await watch(path, board) }
      }
      try await board.waitForWatchers()
      let clock = ContinuousClock()
      for event in 0..<events {
        board.begin(event, at: clock.now)
        let answer = try await Server.send(
          writer, "POST", path,
          body: Array(
            #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"event-\#(event)"}}"#.utf8))
        guard answer.status == 201 else { throw UnexpectedAnswer(answer.status, answer.body) }
        try await board.waitForArrivals(of: event)
      }
      group.cancelAll()
      return board.latencies
    }
  }

  private func watch(_ path: String, _ board: ArrivalBoard) async throws {
    let transport = try server.connect()
    let request = APIRequest(
      method: "GET", target: path + "?watch=true", headers: ["accept": "application/json"])
    do {
      let response = try await transport.send(request)
      guard case .stream(let chunks) = response.body, response.status == 200 else {
        throw UnexpectedAnswer(response.status, [])
      }
      board.watcherStarted()
      let clock = ContinuousClock()
      for try await chunk in chunks {
        // One event a time is under way, so that every line is the current one's.
        for _ in 0..<chunk.count(where: { $0 == UInt8(ascii: "\n") }) { board.arrived(clock.now) }
      }
    } catch {
      if !Task.isCancelled { throw error }
    }
  }
}

/// Notes when the event under way reached each watcher.
private final class ArrivalBoard: Sendable {
  private struct State {
    var started = 0
    var begun: ContinuousClock.Instant?
    var arrivals = 0
    var latencies: [Double] = []
  }

  private let watchers: Int
  private let state = Mutex(State())

  init(watchers: Int) { self.watchers = watchers }

  var latencies: [Double] { state.withLock(\.latencies) }

  func watcherStarted() { state.withLock { $0.started += 1 } }

  func begin(_ event: Int, at instant: ContinuousClock.Instant) {
    state.withLock { state in
      state.begun = instant
      state.arrivals = 0
    }
  }

  func arrived(_ instant: ContinuousClock.Instant) {
    state.withLock { state in
      guard let begun = state.begun else { return }
      state.latencies.append((instant - begun).inSeconds)
      state.arrivals += 1
    }
  }

  func waitForWatchers() async throws {
    while state.withLock({ $0.started < watchers }) { try await Self.pause() }
  }

  func waitForArrivals(of event: Int) async throws {
    while state.withLock({ $0.arrivals < watchers }) { try await Self.pause() }
  }

  private static func pause() async throws {
    try await ContinuousClock().sleep(for: .milliseconds(1))
  }
}
