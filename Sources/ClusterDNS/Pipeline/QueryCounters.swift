import DNSMessage
private import Synchronization

/// What one pipeline has done, counted by the pipeline and read by anyone at any time.
///
/// Only one thread counts, so counting is a plain load and store; a reader may see counts that are
/// a moment apart.
///
/// Sendable because the cells are atomic and allocated for the life of the object.
final class QueryCounters: @unchecked Sendable {
  private let cells: UnsafeMutablePointer<Atomic<UInt64>>

  init() {
    cells = .allocate(capacity: Cell.count)
    for index in 0..<Cell.count { (cells + index).initialize(to: Atomic(0)) }
  }

  deinit {
    cells.deinitialize(count: Cell.count)
    cells.deallocate()
  }

  /// For the one that counts. Valid as long as the object is.
  var view: QueryCounterView { QueryCounterView(cells: cells) }

  private func value(_ cell: Int) -> UInt64 { cells[cell].load(ordering: .relaxed) }

  /// Adds the counts to those of other pipelines.
  func add(to snapshot: inout QueryCounts) {
    addResponses(to: &snapshot)
    snapshot.udpQueries += value(Cell.udp)
    snapshot.tcpQueries += value(Cell.tcp)
    snapshot.dropped += value(Cell.dropped)
    snapshot.slipped += value(Cell.slipped)
    snapshot.limited += value(Cell.limited)
    // One pipeline serves one transport.
    let transport = value(Cell.tcp) > 0 ? "tcp" : "udp"
    for type in 0..<Cell.typeCount where value(Cell.types + type) > 0 {
      let label = type < Cell.typeCount - 1 ? "\(RecordType(rawValue: UInt16(type)))" : "other"
      let count = value(Cell.types + type)
      snapshot.queriesByType[label, default: 0] += count
      snapshot.queriesByTransport[transport, default: [:]][label, default: 0] += count
    }
  }

  private func addResponses(to snapshot: inout QueryCounts) {
    snapshot.truncatedResponses += value(Cell.truncated)
    for code in 0..<Cell.codeCount where value(Cell.codes + code) > 0 {
      let label = code < Cell.codeCount - 1 ? "\(ResponseCode(rawValue: UInt16(code)))" : "other"
      snapshot.responsesByCode[label, default: 0] += value(Cell.codes + code)
    }
  }
}

/// The side of ``QueryCounters`` that counts: a bare pointer, so that no query pays for a reference
/// count.
struct QueryCounterView {
  private let cells: UnsafeMutablePointer<Atomic<UInt64>>

  @_noLocks
  fileprivate init(cells: UnsafeMutablePointer<Atomic<UInt64>>) { self.cells = cells }

  @_noLocks
  private func increment(_ cell: Int) {
    // In bounds: callers pass cells. Not a race: one thread counts.
    cells[cell].store(cells[cell].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
  }

  @_noLocks
  func query(_ transport: QueryPipeline.Transport, type: RecordType) {
    switch transport {
    case .udp, .udpWhole: increment(Cell.udp)
    case .tcp: increment(Cell.tcp)
    }
    increment(Cell.types &+ min(Int(type.rawValue), Cell.typeCount &- 1))
  }

  @_noLocks
  func response(_ code: ResponseCode, isTruncated: Bool) {
    increment(Cell.codes &+ min(Int(code.rawValue), Cell.codeCount &- 1))
    if isTruncated { increment(Cell.truncated) }
  }

  @_noLocks
  func dropped() { increment(Cell.dropped) }

  @_noLocks
  func limited(isAnswered: Bool) { increment(isAnswered ? Cell.slipped : Cell.limited) }
}

/// Where each count lies.
private enum Cell {
  static var udp: Int { @_noLocks get { 0 } }
  static var tcp: Int { @_noLocks get { 1 } }
  static var dropped: Int { @_noLocks get { 2 } }
  static var truncated: Int { @_noLocks get { 3 } }
  /// Seven cells: the codes up to REFUSED, then all others.
  static var codes: Int { @_noLocks get { 4 } }
  static var codeCount: Int { @_noLocks get { 7 } }
  /// Types up to 65 (HTTPS) by number, then all others.
  static var types: Int { @_noLocks get { 11 } }
  static var typeCount: Int { @_noLocks get { 67 } }
  /// Above their clients' rate: with a truncated response, and without one.
  static var slipped: Int { @_noLocks get { 78 } }
  static var limited: Int { @_noLocks get { 79 } }
  static var count: Int { 80 }
}

/// Counts of queries and responses since the server started.
///
/// They are what CoreDNS exports as `coredns_dns_requests_total` (by `proto` and `type`) and
/// `coredns_dns_responses_total` (by `rcode`).
package struct QueryCounts: Sendable, Equatable {
  package var udpQueries: UInt64 = 0
  package var tcpQueries: UInt64 = 0
  /// By mnemonic of the question's type; `TYPE0` where no question could be read.
  package var queriesByType: [String: UInt64] = [:]
  /// The same, apart by transport: `udp` and `tcp`.
  package var queriesByTransport: [String: [String: UInt64]] = [:]
  /// By mnemonic of the response code.
  package var responsesByCode: [String: UInt64] = [:]
  /// Messages that got no response: responses sent to us, and fragments of a header.
  package var dropped: UInt64 = 0
  /// Responses with TC set.
  package var truncatedResponses: UInt64 = 0
  /// Queries above their clients' rate that got a truncated response.
  package var slipped: UInt64 = 0
  /// Queries above their clients' rate that got no response.
  package var limited: UInt64 = 0

  package init() {}
}
