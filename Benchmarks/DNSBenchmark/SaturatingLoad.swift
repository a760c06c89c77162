/// Eight clients that each keep many queries under way, so that the server always has some waiting.
final class SaturatingLoad {
  struct Result {
    var responses: Int
    /// Responses without the answer that was expected.
    var failures: Int
    var seconds: Double
    var throughput: Double { Double(responses) / seconds }
  }

  private static let clients = 8
  /// Queries under way per client.
  private static let window = 64

  private let sockets: [ClientSocket]
  private let queries: [[UInt8]]
  private var next = 0

  init(port: UInt16, queries: [[UInt8]]) throws {
    sockets = try (0..<Self.clients).map { _ in try ClientSocket(port: port) }
    self.queries = queries
  }

  func run(seconds: Double) throws -> Result {
    let clock = ContinuousClock()
    let start = clock.now
    var result = Result(responses: 0, failures: 0, seconds: 0)
    for socket in sockets { ask(socket, Self.window) }
    var idle = 0
    while true {
      var taken = 0
      for socket in sockets {
        let count = socket.receive { bytes in
          // NOERROR with an answer at least.
          if bytes.count < 12 || bytes[3] & 0xF != 0 || bytes[7] == 0 { result.failures += 1 }
        }
        taken += count
        ask(socket, count)
      }
      result.responses += taken
      if (clock.now - start).inSeconds >= seconds { break }
      if taken == 0 {
        idle += 1
        ClientSocket.wait(for: sockets, milliseconds: 100)
        // A lost query is never answered; ask again rather than stand still.
        if idle > 3 { for socket in sockets { ask(socket, Self.window) } }
      } else {
        idle = 0
      }
    }
    result.seconds = (clock.now - start).inSeconds
    guard result.responses > 0 else { throw ServerFailure("no response") }
    drain()
    return result
  }

  private func ask(_ socket: ClientSocket, _ count: Int) {
    for _ in 0..<count {
      if socket.isFull { socket.send() }
      next = next + 1 == queries.count ? 0 : next + 1
      socket.prepare(queries[next], id: UInt16(truncatingIfNeeded: next))
    }
    socket.send()
  }

  /// What is under way belongs to this round.
  private func drain() {
    var left = Self.clients * Self.window
    while left > 0 {
      ClientSocket.wait(for: sockets, milliseconds: 50)
      let taken = sockets.map { $0.receive { _ in } }.reduce(0, +)
      if taken == 0 { return }
      left -= taken
    }
  }
}
