import DNSMessage
import Logging
import NIOCore
import NIOEmbedded

@testable import ClusterDNS

/// Upstreams without sockets: what is asked waits until the test answers it.
final class FakeTransport: UpstreamTransport {
  struct Pending {
    let query: UpstreamQuery
    let upstream: Upstream
    let carrier: Carrier
    let completion: Completion
    let timeout: Scheduled<Void>
  }

  private let loop: EmbeddedEventLoop
  private(set) var pending: [Pending] = []
  /// All that was ever asked.
  private(set) var asked: [(question: ForwardedQuestion, upstream: Upstream, carrier: Carrier)] = []

  init(_ loop: EmbeddedEventLoop) { self.loop = loop }

  func exchange(
    _ query: UpstreamQuery, with upstream: Upstream, over carrier: Carrier, timeout: TimeAmount,
    completion: @escaping Completion
  ) {
    asked.append((query.question, upstream, carrier))
    let id = asked.count
    let task = loop.assumeIsolated().scheduleTask(in: timeout) { [self] in
      if let late = remove(id) { late.completion(.failure(.timedOut)) }
    }
    ids.append(id)
    pending.append(
      Pending(
        query: query, upstream: upstream, carrier: carrier, completion: completion, timeout: task))
  }

  private var ids: [Int] = []

  private func remove(_ id: Int) -> Pending? {
    guard let index = ids.firstIndex(of: id) else { return nil }
    ids.remove(at: index)
    return pending.remove(at: index)
  }

  /// Ends the oldest exchange. Returns whether there was one.
  @discardableResult
  func finish(_ result: Result<Message, ExchangeFailure>) -> Bool {
    guard let id = ids.first, let oldest = remove(id) else { return false }
    oldest.timeout.cancel()
    oldest.completion(result)
    return true
  }

  /// Answers the oldest exchange with one address, or a denial.
  @discardableResult
  func answer(
    _ address: UInt32 = 1, code: ResponseCode = .noError, ttl: UInt32 = 60
  ) -> Bool {
    guard let query = pending.first?.query else { return false }
    let name = DomainName(wire: query.question.name) ?? .root
    var message = Message(
      id: query.id, flags: HeaderFlags(rawValue: HeaderFlags.response), responseCode: code,
      questions: [Question(name: name, type: query.question.type)])
    if code == .noError { message.answers = [Record(name: name, ttl: ttl, data: .a(address))] }
    if code == .nameError { message.authority = [FakeUpstream.Query.soa(ttl: ttl)] }
    return finish(.success(message))
  }

  func close() { while finish(.failure(.closed)) {} }
}

/// A resolver over upstreams without sockets, at a time that the test sets.
struct ResolverBench {
  let loop = EmbeddedEventLoop()
  let transport: FakeTransport
  let pool: UpstreamPool
  let resolver: CachingResolver

  static let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

  static func upstreams(_ count: Int) -> [Upstream] {
    (1...count).compactMap { Upstream("192.0.2.\($0)") }
  }

  init(_ upstreams: Int = 1, change: (inout ForwardingConfiguration) -> Void = { _ in }) {
    var configuration = ForwardingConfiguration(groups: [
      .init(upstreams: Self.upstreams(upstreams), policy: .sequential)
    ])
    change(&configuration)
    transport = FakeTransport(loop)
    pool = UpstreamPool(
      configuration, loop: loop, transport: transport, random: SeededGenerator(seed: 1),
      logger: Self.logger)
    resolver = CachingResolver(pool: pool, configuration: configuration.cache, loop: loop)
  }

  static func question(_ name: String, _ type: RecordType = .a) -> ForwardedQuestion {
    ForwardedQuestion(DomainName(name) ?? .root, type)
  }

  /// Collects what questions came to, as text.
  final class Results {
    var all: [String] = []
  }

  @discardableResult
  func ask(_ name: String, _ type: RecordType = .a, into results: Results = Results()) -> Results {
    resolver.resolve(Self.question(name, type)) { results.all.append(Self.text($0)) }
    return results
  }

  static func text(_ outcome: CachingResolver.Outcome) -> String {
    switch outcome {
    case .answer(let answer, let aging, let extended):
      let message = answer.message(aging: aging)
      let records = (message?.answers ?? []) + (message?.authority ?? [])
      let ttls = records.map { "\($0.ttl)" }.joined(separator: ",")
      return "\(answer.code) \(ttls)" + (extended.map { " \($0)" } ?? "")
    case .failure(let code, let extended): return "\(code) \(extended)"
    }
  }
}
