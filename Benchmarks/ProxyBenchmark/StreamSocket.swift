import Glibc

/// Blocking TCP over IPv4, in as few calls as there are.
struct StreamSocket {
  private let descriptor: Int32

  /// - Parameter port: zero for any.
  static func listen(port: UInt16) throws -> StreamSocket {
    let socket = try StreamSocket()
    var one: Int32 = 1
    setsockopt(
      socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    let bound = socket.withAddress("0.0.0.0", port) { bind(socket.descriptor, $0, $1) }
    guard bound == 0, Glibc.listen(socket.descriptor, 1024) == 0 else {
      throw BenchmarkFailure("cannot listen on port \(port): errno \(errno)")
    }
    return socket
  }

  private init() throws {
    descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw BenchmarkFailure("no socket: errno \(errno)") }
  }

  private func withAddress(
    _ address: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = inet_addr(address)
    return withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  /// Answers every connection's first byte with one of its own, for ever.
  func serve(answering answer: UInt8) {
    while true {
      let connection = accept(descriptor, nil, nil)
      guard connection >= 0 else { continue }
      var byte: UInt8 = 0
      if read(connection, &byte, 1) == 1 {
        byte = answer
        _ = write(connection, &byte, 1)
        // The client closes first, so that its port is free at once.
        _ = read(connection, &byte, 1)
      }
      close(connection)
    }
  }

  /// Connects, sends a byte and waits for one; nil where either fails within a second.
  static func ask(_ address: String, _ port: UInt16) -> UInt8? {
    guard let socket = try? StreamSocket() else { return nil }
    defer { close(socket.descriptor) }
    var limit = timeval(tv_sec: 1, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(
        socket.descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    // The end is a reset: tens of thousands of connections would fill the ports else.
    var ending = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      socket.descriptor, SOL_SOCKET, SO_LINGER, &ending, socklen_t(MemoryLayout<linger>.size))
    var byte: UInt8 = 0
    guard socket.withAddress(address, port, { connect(socket.descriptor, $0, $1) }) == 0,
      write(socket.descriptor, &byte, 1) == 1, read(socket.descriptor, &byte, 1) == 1
    else { return nil }
    return byte
  }
}
