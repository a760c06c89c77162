import DNSMessage
import NIOCore

/// Answers from the cache, and asks upstreams for the rest: each question once, however many wait
/// for it.
///
/// Used on one event loop.
final class CachingResolver {
  /// What a question came to.
  enum Outcome {
    case answer(StoredAnswer, StoredAnswer.Aging, ExtendedError?)
    case failure(ResponseCode, ExtendedError)
  }

  typealias Completion = (Outcome) -> Void

  private final class Flight {
    var clients: [Completion] = []
    /// What is given if nothing better comes in time.
    var stale: StoredAnswer?
  }

  private let loop: any EventLoop
  private let pool: UpstreamPool
  private let servesStale: Bool
  private var cache: AnswerCache
  private var failures = FailureMemory()
  private var flights: [ForwardedQuestion: Flight] = [:]
  private var tally = CacheCounts()

  init(pool: UpstreamPool, configuration: CacheConfiguration, loop: any EventLoop) {
    self.loop = loop
    self.pool = pool
    servesStale = configuration.stale > 0
    cache = AnswerCache(configuration)
  }

  var counts: CacheCounts {
    var counts = tally
    counts.entries = cache.count
    counts.bytes = cache.bytes
    counts.evictions = cache.evictions
    return counts
  }

  /// The completion is called once, on the loop; at once if the answer is known.
  func resolve(_ question: ForwardedQuestion, completion: @escaping Completion) {
    let now = loop.now
    switch cache.lookUp(question, now: now) {
    case .fresh(let answer, let elapsed, let fetches):
      tally.hits += 1
      if !answer.lifetime.isPositive { tally.negativeHits += 1 }
      completion(.answer(answer, .elapsed(elapsed), nil))
      if fetches, flights[question] == nil {
        tally.prefetches += 1
        fly(question, Flight())
      }
    case .stale(let answer):
      tally.misses += 1
      if failures.holds(question, now: now) {
        giveStale(answer, completion)
      } else {
        join(question, stale: answer, completion)
      }
    case .none:
      tally.misses += 1
      if failures.holds(question, now: now) {
        tally.cachedFailures += 1
        completion(.failure(.serverFailure, .cachedError))
      } else {
        join(question, stale: nil, completion)
      }
    }
  }

  private func giveStale(_ answer: StoredAnswer, _ completion: Completion) {
    tally.servedStale += 1
    completion(.answer(answer, .limited(CacheLimits.staleTTL), .staleAnswer))
  }

  private func join(
    _ question: ForwardedQuestion, stale: StoredAnswer?, _ completion: @escaping Completion
  ) {
    let flight: Flight
    if let running = flights[question] {
      guard running.clients.count < ForwardingLimits.clientsPerQuestion else {
        completion(.failure(.serverFailure, .notReady))
        return
      }
      tally.joined += 1
      flight = running
    } else {
      flight = Flight()
    }
    flight.clients.append(completion)
    flight.stale = stale ?? flight.stale
    if stale != nil, flight.clients.count == 1 { scheduleStale(question, flight) }
    if flights[question] == nil { fly(question, flight) }
  }

  /// Clients do not wait for long when there is something to give them (RFC 8767 section 5).
  private func scheduleStale(_ question: ForwardedQuestion, _ flight: Flight) {
    loop.assumeIsolated().scheduleTask(in: ForwardingLimits.staleAfter) { [self] in
      guard flights[question] === flight, let stale = flight.stale else { return }
      let clients = flight.clients
      flight.clients = []
      for client in clients { giveStale(stale, client) }
    }
  }

  private func fly(_ question: ForwardedQuestion, _ flight: Flight) {
    flights[question] = flight
    pool.ask(question) { [self] outcome in
      flights[question] = nil
      land(question, flight, outcome)
    }
  }

  private func land(
    _ question: ForwardedQuestion, _ flight: Flight, _ outcome: UpstreamPool.Outcome
  ) {
    let now = loop.now
    if case .answered(let message) = outcome, let answer = StoredAnswer(message, to: question) {
      failures.answered(question)
      cache.store(answer, for: question, now: now)
      for client in flight.clients { client(.answer(answer, .elapsed(0), nil)) }
      return
    }
    cache.fetchFailed(question)
    var reason = UpstreamPool.FailureReason.unanswered
    if case .failed(let said) = outcome { reason = said }
    if reason != .overloaded { failures.failed(question, now: now) }
    for client in flight.clients {
      if servesStale, let stale = flight.stale {
        giveStale(stale, client)
      } else {
        client(.failure(reason.code, reason.extended))
      }
    }
  }

  /// Everything under way fails.
  func close() { pool.close() }
}

extension UpstreamPool.FailureReason {
  /// What clients are told. An upstream's own words are passed on only where they are about the
  /// question, not about us.
  fileprivate var code: ResponseCode {
    switch self {
    case .upstreamSaid(.refused): .refused
    case .upstreamSaid(.notImplemented): .notImplemented
    default: .serverFailure
    }
  }

  fileprivate var extended: ExtendedError {
    switch self {
    case .unanswered, .looping: .noReachableAuthority
    case .upstreamSaid: .networkError
    case .overloaded: .notReady
    }
  }
}
