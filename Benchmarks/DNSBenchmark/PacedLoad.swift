/// Clients that together ask at a fixed rate, whether or not responses come, and note how long each
/// response took.
final class PacedLoad {
  struct Result {
    /// Seconds.
    var latencies: [Double] = []
    var lost = 0
  }

  private static let clients = 8

  private let sockets: [ClientSocket]
  private let queries: [[UInt8]]
  /// When the query of an id was sent, per client, in nanoseconds; 0 for none under way.
  private var sent: [[UInt64]]
  private var nextID: [UInt16]

  init(port: UInt16, queries: [[UInt8]]) throws {
    sockets = try (0..<Self.clients).map { _ in try ClientSocket(port: port) }
    self.queries = queries
    sent = Array(repeating: Array(repeating: 0, count: 65_536), count: Self.clients)
    nextID = Array(repeating: 0, count: Self.clients)
  }

  /// - Parameter rate: queries per second of all clients together.
  func run(rate: Double, seconds: Double) throws -> Result {
    var result = Result()
    result.latencies.reserveCapacity(Int(rate * seconds) + 1)
    let start = Self.now()
    let end = start + UInt64(seconds * 1e9)
    var asked = 0
    while true {
      let now = Self.now()
      if now >= end { break }
      let due = Int(Double(now - start) * 1e-9 * rate)
      // Every query leaves when it is due; those due together go to clients in turn.
      while asked < due {
        ask(asked % Self.clients, asked, at: now)
        asked += 1
      }
      collect(&result)
    }
    let deadline = Self.now() + 200_000_000
    while result.latencies.count < asked, Self.now() < deadline {
      ClientSocket.wait(for: sockets, milliseconds: 10)
      collect(&result)
    }
    result.lost = asked - result.latencies.count
    return result
  }

  private func ask(_ client: Int, _ number: Int, at now: UInt64) {
    let id = nextID[client]
    nextID[client] = id &+ 1
    sent[client][Int(id)] = now
    sockets[client].prepare(queries[number % queries.count], id: id)
    sockets[client].send()
  }

  private func collect(_ result: inout Result) {
    for client in sockets.indices {
      _ = sockets[client].receive { bytes in
        guard bytes.count >= 12 else { return }
        let id = Int(bytes[0]) << 8 | Int(bytes[1])
        let began = sent[client][id]
        guard began > 0 else { return }
        sent[client][id] = 0
        result.latencies.append(Double(Self.now() - began) * 1e-9)
      }
    }
  }

  private static func now() -> UInt64 { MonotonicTime.nanoseconds }
}
