import NIOCore

/// Answers of upstreams by question, as many as fit: the one not used for longest goes first.
///
/// A plain value; the clock is a parameter.
struct AnswerCache {
  /// What is known of a question.
  enum Lookup {
    /// To be answered at once. `fetches` asks the caller to fetch it anew meanwhile.
    case fresh(StoredAnswer, elapsed: UInt32, fetches: Bool)
    /// Too old; to be given only if nothing better comes in time.
    case stale(StoredAnswer)
    case none
  }

  private struct Entry {
    let question: ForwardedQuestion
    var answer: StoredAnswer
    var stored: NIODeadline
    /// Seconds from `stored` on.
    var lifetime: UInt32
    var hits = 0
    var isFetching = false
    var cost: Int
    /// Neighbours in the order of use; -1 at the ends.
    var newer = -1
    var older = -1
  }

  private let configuration: CacheConfiguration
  private var slots: [Entry?] = []
  private var free: [Int] = []
  private var table: [ForwardedQuestion: Int] = [:]
  private var newest = -1
  private var oldest = -1
  private(set) var bytes = 0
  private(set) var evictions: UInt64 = 0

  init(_ configuration: CacheConfiguration) { self.configuration = configuration }

  var count: Int { table.count }
  var positiveCount: Int { slots.count { $0?.answer.lifetime.isPositive ?? false } }

  mutating func lookUp(_ question: ForwardedQuestion, now: NIODeadline) -> Lookup {
    guard let slot = table[question], var entry = slots[slot] else { return .none }
    let elapsed = Self.seconds(from: entry.stored, to: now)
    guard elapsed < entry.lifetime else {
      if elapsed - entry.lifetime < configuration.stale { return .stale(entry.answer) }
      remove(slot)
      return .none
    }
    entry.hits += 1
    let left = entry.lifetime - elapsed
    let fetches =
      configuration.prefetchHits > 0 && entry.hits >= configuration.prefetchHits
      && entry.lifetime >= CacheLimits.shortestPrefetched
      && left <= entry.lifetime / CacheLimits.prefetchPart && !entry.isFetching
    if fetches { entry.isFetching = true }
    slots[slot] = entry
    touch(slot)
    return .fresh(entry.answer, elapsed: elapsed, fetches: fetches)
  }

  /// Keeps an answer as long as it may be, in place of any before it.
  mutating func store(_ answer: StoredAnswer, for question: ForwardedQuestion, now: NIODeadline) {
    let lifetime: UInt32
    switch answer.lifetime {
    case .positive(let ttl): lifetime = clamp(ttl, to: configuration.maximumTTL)
    case .negative(let ttl): lifetime = clamp(ttl, to: configuration.maximumNegativeTTL)
    case .none: lifetime = 0
    }
    if let slot = table[question] { remove(slot) }
    let cost = answer.cost + question.name.count + CacheLimits.entryOverhead
    guard lifetime > 0, cost <= configuration.capacity else { return }
    while bytes + cost > configuration.capacity, oldest >= 0 {
      remove(oldest)
      evictions += 1
    }
    let entry = Entry(
      question: question, answer: answer, stored: now, lifetime: lifetime, cost: cost)
    let slot: Int
    if let reused = free.popLast() {
      slot = reused
      slots[slot] = entry
    } else {
      slot = slots.count
      slots.append(entry)
    }
    table[question] = slot
    bytes += cost
    link(slot)
  }

  /// A fetch that was asked for has failed: it may be asked for again.
  mutating func fetchFailed(_ question: ForwardedQuestion) {
    if let slot = table[question] { slots[slot]?.isFetching = false }
  }

  private func clamp(_ ttl: UInt32, to maximum: UInt32) -> UInt32 {
    ttl == 0 ? 0 : min(max(ttl, configuration.minimumTTL), maximum)
  }

  private static func seconds(from start: NIODeadline, to end: NIODeadline) -> UInt32 {
    UInt32(clamping: (end - start).nanoseconds / 1_000_000_000)
  }

  private mutating func remove(_ slot: Int) {
    guard let entry = slots[slot] else { return }
    unlink(slot)
    table[entry.question] = nil
    bytes -= entry.cost
    slots[slot] = nil
    free.append(slot)
  }

  private mutating func touch(_ slot: Int) {
    guard slot != newest else { return }
    unlink(slot)
    link(slot)
  }

  private mutating func link(_ slot: Int) {
    slots[slot]?.older = newest
    slots[slot]?.newer = -1
    if newest >= 0 { slots[newest]?.newer = slot } else { oldest = slot }
    newest = slot
  }

  private mutating func unlink(_ slot: Int) {
    guard let entry = slots[slot] else { return }
    if entry.older >= 0 { slots[entry.older]?.newer = entry.newer } else { oldest = entry.newer }
    if entry.newer >= 0 { slots[entry.newer]?.older = entry.older } else { newest = entry.older }
  }
}

extension StoredAnswer.Lifetime {
  var isPositive: Bool {
    if case .positive = self { true } else { false }
  }
}
