/// How answers of upstreams are kept. The cluster's own zone is never among them.
package struct CacheConfiguration: Sendable, Equatable {
  /// Bytes of memory, roughly, all answers together. 0 keeps nothing.
  package var capacity = 32 << 20
  /// The longest an answer is kept, in seconds, whatever its TTL says.
  package var maximumTTL: UInt32 = 3600
  /// The longest a denial is kept, in seconds (RFC 2308 section 5 allows hours).
  package var maximumNegativeTTL: UInt32 = 300
  /// The shortest an answer with a TTL above 0 is kept, in seconds.
  package var minimumTTL: UInt32 = 0
  /// How long after its end an answer may still be given when no upstream answers, in seconds
  /// (RFC 8767). 0 never gives one.
  package var stale: UInt32 = 3600
  /// An answer asked for at least that often is fetched anew shortly before it ends; 0 never.
  package var prefetchHits = 2

  package init() {}

  /// Takes over the bounds of a Corefile's `cache`.
  package mutating func follow(_ plan: CorefilePlan.Cache) {
    maximumTTL = plan.maximumTTL
    maximumNegativeTTL = plan.maximumDenialTTL
    if !plan.servesStale { stale = 0 }
  }
}

/// The bounds of the cache that are not configured.
enum CacheLimits {
  /// Below this TTL, in seconds, fetching before the end would be fetching all the time.
  static let shortestPrefetched: UInt32 = 10
  /// The part of its lifetime that is left when an answer is fetched anew: a tenth.
  static let prefetchPart: UInt32 = 10
  /// The TTL of an answer that is too old, in seconds (RFC 8767 section 4).
  static let staleTTL: UInt32 = 30
  /// How long after a failure no upstream is asked the same again, in seconds: first and at most
  /// (RFC 9520 section 3.2 wants at least 1 and a back-off).
  static let firstFailure: UInt32 = 1
  static let longestFailure: UInt32 = 30
  /// Failures remembered, beside the answers.
  static let failures = 10_000
  /// Memory of an entry beside its answer and name, in bytes: the table's slots and the list.
  static let entryOverhead = 160
}
