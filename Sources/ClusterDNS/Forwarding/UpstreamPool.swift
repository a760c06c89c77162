import DNSMessage
import DequeModule
import Logging
import NIOCore

/// The upstreams of all groups: who is asked, how often, and what counts as an answer.
///
/// Used on one event loop.
final class UpstreamPool {
  /// What a question came to.
  enum Outcome {
    case answered(Message)
    /// No upstream answered, or none could.
    case failed(FailureReason)
  }

  enum FailureReason: Equatable {
    /// Nobody answered in time.
    case unanswered
    /// Upstreams were reached and said that they could not, with this code.
    case upstreamSaid(ResponseCode)
    /// Too many questions are under way.
    case overloaded
    /// Questions to every upstream come back to us.
    case looping
  }

  private struct Group {
    let upstreams: [Upstream]
    var order: UpstreamOrder
    var health: [UpstreamHealth]
    var times: [ResponseTime]
    /// How often each was seen to change the case of a name, and TCP to confirm its answer.
    var caseChanges: [Int]
    /// Names of loop probes, in lower case, and the upstreams they were sent to.
    var probes: [[UInt8]: Int] = [:]
  }

  private let loop: any EventLoop
  private let transport: any UpstreamTransport
  private let logger: Logger
  private let limit: Int
  private var random: any RandomNumberGenerator
  private var groups: [Group]
  /// Domains in wire form and lower case to groups.
  private let domains: [[UInt8]: Int]
  private var running = 0
  private var waiting: Deque<Attempt> = []
  private var isClosed = false
  private(set) var counts = UpstreamCounts()

  init(
    _ configuration: ForwardingConfiguration, loop: any EventLoop,
    transport: any UpstreamTransport, random: any RandomNumberGenerator, logger: Logger
  ) {
    self.loop = loop
    self.transport = transport
    self.random = random
    self.logger = logger
    limit = max(1, configuration.concurrentQuestions)
    let used = configuration.groups.filter { !$0.upstreams.isEmpty }
    groups = used.map { group in
      Group(
        upstreams: group.upstreams, order: UpstreamOrder(group.policy),
        health: Array(repeating: UpstreamHealth(), count: group.upstreams.count),
        times: Array(repeating: ResponseTime(), count: group.upstreams.count),
        caseChanges: Array(repeating: 0, count: group.upstreams.count))
    }
    domains = Dictionary(
      used.enumerated().map { ($1.domain.lowercasedWire, $0) },
      uniquingKeysWith: { first, _ in first
      })
  }

  /// The group of the longest domain that a name, in lower case, is in.
  private func group(of name: [UInt8]) -> Int? {
    if domains.isEmpty { return nil }
    var start = 0
    while true {
      if let group = domains[Array(name[start...])] { return group }
      if name[start] == 0 { return nil }
      start += 1 + Int(name[start])
    }
  }

  /// Whether there is somebody to ask about a name, in lower case.
  func knowsWhomToAsk(about name: [UInt8]) -> Bool { group(of: name) != nil }

  /// One question on its way through the upstreams.
  private final class Attempt {
    let question: ForwardedQuestion
    let group: Int
    let completion: (Outcome) -> Void
    var deadline = NIODeadline.now()
    var order: [Int] = []
    var tries = 0
    var hasEDNS = true
    /// Upstreams that answered with an error; not to be asked again.
    var declined: Set<Int> = []
    /// The first error answered.
    var error: Message?

    init(
      _ question: ForwardedQuestion, group: Int, completion: @escaping (Outcome) -> Void
    ) {
      self.question = question
      self.group = group
      self.completion = completion
    }
  }

  /// Asks until one upstream answers. The completion is called once, on the loop.
  func ask(_ question: ForwardedQuestion, completion: @escaping (Outcome) -> Void) {
    guard !isClosed, let group = group(of: question.name) else {
      completion(.failed(.upstreamSaid(.refused)))
      return
    }
    let attempt = Attempt(question, group: group, completion: completion)
    guard running >= limit else {
      begin(attempt)
      return
    }
    waiting.append(attempt)
    if waiting.count > ForwardingLimits.waitingQuestions, let oldest = waiting.popFirst() {
      counts.shed += 1
      oldest.completion(.failed(.overloaded))
    }
  }

  private func begin(_ attempt: Attempt) {
    running += 1
    attempt.deadline = loop.now + ForwardingLimits.question
    attempt.order = order(of: attempt.group)
    tryNext(attempt)
  }

  private func order(of group: Int) -> [Int] {
    var generator = AnyGenerator(base: random)
    defer { random = generator.base }
    return groups[group].order.order(groups[group].health, random: &generator)
  }

  private func finish(_ attempt: Attempt, _ outcome: Outcome) {
    running -= 1
    attempt.completion(outcome)
    while running < limit, let next = waiting.popFirst() { begin(next) }
  }

  private func tryNext(_ attempt: Attempt) {
    if attempt.order.isEmpty { return finish(attempt, .failed(.looping)) }
    let candidates = attempt.order.filter { !attempt.declined.contains($0) }
    let left = attempt.deadline - loop.now
    let mayTry = attempt.tries < ForwardingLimits.tries && left > .nanoseconds(0)
    guard mayTry, !isClosed, !candidates.isEmpty
    else {
      let error = attempt.error.map { FailureReason.upstreamSaid($0.responseCode) }
      return finish(attempt, .failed(error ?? .unanswered))
    }
    let number = candidates[attempt.tries % candidates.count]
    attempt.tries += 1
    let timeout = min(groups[attempt.group].times[number].timeout, left)
    let carrier = groups[attempt.group].upstreams[number].isSecure ? Carrier.stream : .datagram
    send(attempt, to: number, over: carrier, timeout: timeout)
  }

  private func send(
    _ attempt: Attempt, to number: Int, over carrier: Carrier, timeout: TimeAmount
  ) {
    let upstream = groups[attempt.group].upstreams[number]
    let query = makeQuery(
      attempt.question, hasEDNS: attempt.hasEDNS,
      checksCase: groups[attempt.group].caseChanges[number] < ForwardingLimits.caseChanges)
    let start = loop.now
    counts.requests[upstream, default: 0] += 1
    transport.exchange(query, with: upstream, over: carrier, timeout: timeout) { [self] result in
      switch result {
      case .success(let message):
        groups[attempt.group].health[number].succeeded()
        groups[attempt.group].times[number].responded(after: loop.now - start)
        counts.add(message.responseCode, upstream, after: loop.now - start)
        judge(message, attempt, number, carrier)
      case .failure(let failure) where Self.calledForStream.contains(failure):
        // Someone answered, so the upstream is up; TCP brings the whole and the true.
        if failure != .truncated { counts.suspicious += 1 }
        if failure == .otherCase { groups[attempt.group].caseChanges[number] += 1 }
        let left = min(ForwardingLimits.longestTry, attempt.deadline - loop.now)
        send(attempt, to: number, over: .stream, timeout: max(left, .milliseconds(1)))
      case .failure(let failure):
        if failure == .timedOut { groups[attempt.group].times[number].timedOut() }
        counts.failures[upstream, default: 0] += 1
        failed(attempt.group, number)
        tryNext(attempt)
      }
    }
  }

  private static let calledForStream: Set<ExchangeFailure> = [.truncated, .otherCase, .suspicious]

  private func makeQuery(
    _ question: ForwardedQuestion, hasEDNS: Bool = true, checksCase: Bool = true
  ) -> UpstreamQuery {
    var generator = AnyGenerator(base: random)
    defer { random = generator.base }
    return UpstreamQuery(
      question, hasEDNS: hasEDNS, checksCase: checksCase, random: &generator)
  }

  private func judge(_ message: Message, _ attempt: Attempt, _ number: Int, _ carrier: Carrier) {
    switch message.responseCode {
    case .noError, .nameError: finish(attempt, .answered(message))
    case .formatError where attempt.hasEDNS:
      // It may be older than EDNS.
      attempt.hasEDNS = false
      let left = max(attempt.deadline - loop.now, .milliseconds(1))
      send(attempt, to: number, over: carrier, timeout: min(ForwardingLimits.longestTry, left))
    default:
      if attempt.error == nil { attempt.error = message }
      attempt.declined.insert(number)
      tryNext(attempt)
    }
  }

  // MARK: Health

  private func failed(_ group: Int, _ number: Int) {
    guard groups[group].health[number].failed() else { return }
    counts.wentDown += 1
    logger.warning("upstream is down", metadata: ["upstream": "\(name(group, number))"])
    scheduleCheck(group, number)
  }

  private func name(_ group: Int, _ number: Int) -> Upstream { groups[group].upstreams[number] }

  private func scheduleCheck(_ group: Int, _ number: Int) {
    loop.assumeIsolated().scheduleTask(in: ForwardingLimits.healthCheck) { [self] in
      check(group, number)
    }
  }

  /// Asks for the root's name servers: whatever the answer, someone is there.
  private func check(_ group: Int, _ number: Int) {
    guard !isClosed, !groups[group].health[number].isUp else { return }
    let upstream = name(group, number)
    let query = makeQuery(ForwardedQuestion(.root, .ns))
    transport.exchange(
      query, with: upstream, over: upstream.isSecure ? .stream : .datagram,
      timeout: ForwardingLimits.healthCheckTimeout
    ) { [self] result in
      switch result {
      case .success, .failure(.truncated):
        groups[group].health[number].succeeded()
        logger.notice("upstream is up", metadata: ["upstream": "\(upstream)"])
      case .failure:
        counts.healthCheckFailures += 1
        scheduleCheck(group, number)
      }
    }
  }

  // MARK: Loops

  /// Begins to check every upstream for questions that come back to us.
  func startLoopDetection() {
    for group in groups.indices {
      for number in groups[group].upstreams.indices { probe(group, number) }
    }
  }

  /// Whether a name, in lower case, is that of a probe; then its upstream is not asked any more.
  func isLoopProbe(_ question: ForwardedQuestion) -> Bool {
    guard question.type == LoopProbe.type else { return false }
    for group in groups.indices {
      guard let number = groups[group].probes[question.name] else { continue }
      if !groups[group].health[number].isLooping {
        groups[group].health[number].isLooping = true
        counts.loops += 1
        logger.error(
          "queries to an upstream come back to this server; it is not asked any more",
          metadata: ["upstream": "\(name(group, number))"])
      }
      return true
    }
    return false
  }

  private func probe(_ group: Int, _ number: Int) {
    guard !isClosed else { return }
    let upstream = name(group, number)
    let question = ForwardedQuestion(LoopProbe.name(random: &random), LoopProbe.type)
    let wasLooping = groups[group].health[number].isLooping
    groups[group].probes[question.name] = number
    transport.exchange(
      makeQuery(question), with: upstream,
      over: upstream.isSecure ? .stream : .datagram, timeout: ForwardingLimits.longestTry
    ) { [self] result in
      // A probe that came back was refused, by us: that is no answer of a server beyond.
      if wasLooping, case .success(let message) = result, message.responseCode != .refused {
        groups[group].health[number].isLooping = false
        logger.notice("upstream is asked again", metadata: ["upstream": "\(upstream)"])
      }
      let isLooping = groups[group].health[number].isLooping
      let pause = isLooping ? ForwardingLimits.loopProbeWhileLooping : ForwardingLimits.loopProbe
      loop.assumeIsolated().scheduleTask(in: pause) { [self] in
        groups[group].probes[question.name] = nil
        probe(group, number)
      }
    }
  }

  func close() {
    isClosed = true
    transport.close()
  }
}

/// An existential generator where a generic one is wanted.
private struct AnyGenerator: RandomNumberGenerator {
  var base: any RandomNumberGenerator

  mutating func next() -> UInt64 { base.next() }
}
