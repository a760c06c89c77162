/// What the cache has done since the server started.
///
/// They are what CoreDNS exports as `coredns_cache_entries`, `coredns_cache_hits_total`,
/// `coredns_cache_misses_total`, `coredns_cache_prefetch_total`, `coredns_cache_served_stale_total`
/// and `coredns_cache_evictions_total`.
package struct CacheCounts: Sendable, Equatable {
  package var entries = 0
  /// Bytes of memory, roughly.
  package var bytes = 0
  package var hits: UInt64 = 0
  /// Of those, denials.
  package var negativeHits: UInt64 = 0
  package var misses: UInt64 = 0
  /// Misses that joined a question already under way.
  package var joined: UInt64 = 0
  package var prefetches: UInt64 = 0
  package var servedStale: UInt64 = 0
  package var evictions: UInt64 = 0
  /// Failures answered from memory.
  package var cachedFailures: UInt64 = 0

  package init() {}
}

extension CacheCounts {
  /// Adds what another cache did before this one; its entries are gone.
  static func + (left: CacheCounts, right: CacheCounts) -> CacheCounts {
    var sum = left
    sum.hits += right.hits
    sum.negativeHits += right.negativeHits
    sum.misses += right.misses
    sum.joined += right.joined
    sum.prefetches += right.prefetches
    sum.servedStale += right.servedStale
    sum.evictions += right.evictions
    sum.cachedFailures += right.cachedFailures
    return sum
  }
}
