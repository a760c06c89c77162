import DNSMessage

/// A running name server under measurement.
struct NameServerProcess {
  var name: String
  var version: String
  var port: UInt16
  private let process: ChildProcess

  /// Waits until it answers a query.
  init(
    name: String, version: String, port: UInt16, process: ChildProcess, probe: [UInt8]
  ) throws {
    self.name = name
    self.version = version
    self.port = port
    self.process = process
    let deadline = MonotonicTime.nanoseconds + 60_000_000_000
    while process.isRunning, MonotonicTime.nanoseconds < deadline {
      if try Self.answers(port, probe, mayEcho: name == "echo") { return }
    }
    process.stop()
    throw ServerFailure("\(name) does not answer:\n\(process.output.suffix(2000))")
  }

  private static func answers(_ port: UInt16, _ probe: [UInt8], mayEcho: Bool) throws -> Bool {
    let socket = try ClientSocket(port: port)
    socket.prepare(probe, id: 1)
    socket.send()
    ClientSocket.wait(for: [socket], milliseconds: 100)
    var isAnswer = false
    _ = socket.receive { bytes in
      isAnswer = mayEcho || bytes.count > 12 && bytes[3] & 0xF == 0 && bytes[7] > 0
    }
    if !isAnswer { MonotonicTime.pause(milliseconds: 20) }
    return isAnswer
  }

  var cpuSeconds: Double { process.cpuSeconds }

  func stop() { process.stop() }
}
