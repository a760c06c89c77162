import DNSMessage
import Logging
import NIOCore

/// What a ``Forwarder`` does, on its loop.
final class ForwarderCore {
  private let loop: any EventLoop
  private let logger: Logger
  private let random: any RandomNumberGenerator
  private var pool: UpstreamPool
  private var resolver: CachingResolver
  private var detectsLoops: Bool
  /// Search domains behind those of the cluster.
  private var configuredDomains: [DomainName]
  /// Queries without a response yet.
  private var open = 0
  private var ending: EventLoopPromise<Void>?
  private var tally = ForwardingCounts()
  /// Of pools and caches that were replaced.
  private var past = ForwardingCounts()

  init(
    _ configuration: ForwardingConfiguration, loop: any EventLoop,
    transport: any UpstreamTransport, random: any RandomNumberGenerator, logger: Logger
  ) {
    self.loop = loop
    self.logger = logger
    self.random = random
    detectsLoops = configuration.detectsLoops
    configuredDomains = configuration.searchDomains
    pool = UpstreamPool(
      configuration, loop: loop, transport: transport, random: random, logger: logger)
    resolver = CachingResolver(pool: pool, configuration: configuration.cache, loop: loop)
  }

  func start() { if detectsLoops { pool.startLoopDetection() } }

  func reconfigure(
    _ configuration: ForwardingConfiguration, transport: any UpstreamTransport
  ) {
    let (oldPool, oldCounts) = (pool, counts)
    past = ForwardingCounts()
    past.upstreams = oldCounts.upstreams
    past.cache = oldCounts.cache
    detectsLoops = configuration.detectsLoops
    configuredDomains = configuration.searchDomains
    pool = UpstreamPool(
      configuration, loop: loop, transport: transport, random: random, logger: logger)
    resolver = CachingResolver(pool: pool, configuration: configuration.cache, loop: loop)
    start()
    // No question lives longer; then nobody waits for it any more.
    loop.assumeIsolated().scheduleTask(in: ForwardingLimits.question * 2) { oldPool.close() }
  }

  var counts: ForwardingCounts {
    var counts = tally
    counts.upstreams = pool.counts + past.upstreams
    counts.cache = resolver.counts + past.cache
    counts.shed = counts.upstreams.shed
    return counts
  }

  /// Succeeds the promise when every query has its response, and at the deadline at the latest.
  func finish(by deadline: NIODeadline, _ promise: EventLoopPromise<Void>) {
    guard open > 0 else {
      pool.close()
      promise.succeed()
      return
    }
    ending = promise
    loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in endIfAsked() }
  }

  private func endIfAsked() {
    guard let promise = ending else { return }
    ending = nil
    pool.close()
    promise.succeed()
  }

  // MARK: Queries

  func take(_ entry: HandOff) {
    tally.queries += 1
    guard loop.now - entry.arrival < ForwardingLimits.staleQuery else {
      tally.shed += 1
      entry.reply.drop()
      return
    }
    open += 1
    switch entry.kind {
    case .query: answer(entry)
    case .alias: complete(entry)
    case .search(let length): SearchedName(entry, length: length).map(search(_:)) ?? refuse(entry)
    case .expected: refuse(entry)
    }
  }

  private func send(_ response: [UInt8], _ code: ResponseCode, to entry: HandOff) {
    tally.responsesByCode["\(code)", default: 0] += 1
    entry.reply.send(response)
    close()
  }

  private func close() {
    open -= 1
    if open == 0 { endIfAsked() }
  }

  private func answer(_ entry: HandOff) {
    guard let query = ClientQuery(entry.message, over: entry.transport, options: entry.options)
    else { return refuse(entry) }
    let question = query.question
    guard pool.knowsWhomToAsk(about: question.name), !pool.isLoopProbe(question) else {
      send(query.response(.refused, extended: .prohibited), .refused, to: entry)
      return
    }
    resolver.resolve(question) { [self] outcome in
      switch outcome {
      case .answer(let answer, let aging, let extended):
        send(
          answer.response(to: query, aging: aging, extended: extended), answer.code, to: entry)
      case .failure(let code, let extended):
        send(query.response(code, extended: extended), code, to: entry)
      }
    }
  }

  /// The pipeline has made it, so that this cannot be; no response is no harm.
  private func refuse(_ entry: HandOff) {
    entry.reply.drop()
    close()
  }

  /// Asks for one name after another of those a Pod would ask for next, until one is there.
  private func search(_ search: SearchedName) {
    var rest = search
    guard let name = rest.next(configuredDomains) else {
      return send(search.entry.message, .nameError, to: search.entry)
    }
    let question = ForwardedQuestion(name, search.question.type, options: search.options)
    guard pool.knowsWhomToAsk(about: question.name) else { return self.search(rest) }
    resolver.resolve(question) { [self, rest] outcome in
      switch outcome {
      case .answer(let answer, _, _) where answer.denies: self.search(rest)
      case .answer(let answer, let aging, _):
        let response = search.response(name, answer.message(aging: aging), answer.code)
        send(response, answer.code, to: search.entry)
      case .failure(let code, _):
        // Not known is not denied.
        let failure = code == .refused ? ResponseCode.serverFailure : code
        send(search.failure(failure), failure, to: search.entry)
      }
    }
  }

  /// Completes an answer that ends in an alias for a name elsewhere. The code is that of the last
  /// name (RFC 6604 section 3).
  private func complete(_ entry: HandOff) {
    guard let response = try? Message(entry.message), let question = response.questions.first,
      case .cname(let target)? = response.answers.last?.data
    else {
      entry.reply.send(entry.message)
      close()
      return
    }
    var options: ForwardedQuestion.Options = []
    if response.edns?.dnssecOK ?? false { options.insert(.dnssecOK) }
    let asked = ForwardedQuestion(target, question.type, options: options)
    guard pool.knowsWhomToAsk(about: asked.name) else {
      send(entry.message, response.responseCode, to: entry)
      return
    }
    resolver.resolve(asked) { [self] outcome in
      var whole = response
      switch outcome {
      case .answer(let answer, let aging, _):
        let rest = answer.message(aging: aging)
        whole.answers += rest?.answers ?? []
        whole.authority = rest?.authority ?? []
        whole.responseCode = answer.code
      case .failure(let code, _): whole.responseCode = code == .refused ? .serverFailure : code
      }
      send(whole.encodedToFit(entry.limit), whole.responseCode, to: entry)
    }
  }
}

extension StoredAnswer {
  /// The message with its TTLs as they are now.
  func message(aging: Aging) -> Message? {
    guard let question = message?.questions.first else { return nil }
    let query = ClientQuery(
      id: 0, flags: HeaderFlags(rawValue: 0), type: question.type, recordClass: .internet,
      name: question.name.wire, hasEDNS: false, dnssecOK: false, limit: MessageLimits.message)
    return try? Message(response(to: query, aging: aging))
  }
}
