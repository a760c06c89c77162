import CRollcallLinux
import Glibc
import Synchronization

/// The reading side of a Kubernetes API server over plain HTTP: large lists that are there already,
/// and watches that stay silent until they are told to expire.
///
/// For measuring what a client makes of a list: its own work is to copy bytes.
final class ListServer: Sendable {
  let port: UInt16
  private let listener: Int32
  /// Bodies by the plural of what is listed.
  private let lists: [String: [UInt8]]
  private let state = Mutex(State())

  private struct State {
    var watches: [Int32] = []
    var listsServed: [String: Int] = [:]
  }

  init(lists: [String: [UInt8]]) throws {
    self.lists = lists
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    listener = socket
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && listen(socket, 64) == 0
          && getsockname(socket, $0, &size) == 0
      }
    }
    guard bound else { throw ServerFailure("no port for the list server") }
    port = UInt16(bigEndian: address.sin_port)
  }

  /// Accepts connections, each on a thread of its own, until the process ends.
  func start() {
    signal(SIGPIPE, SIG_IGN)
    BenchmarkThread.start { [self] in
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { continue }
        BenchmarkThread.start { self.serve(connection) }
      }
    }
  }

  func kubeconfig() -> String {
    """
    apiVersion: v1
    kind: Config
    current-context: it
    clusters: [{name: it, cluster: {server: "http://127.0.0.1:\(port)"}}]
    contexts: [{name: it, context: {cluster: it, user: it}}]
    users: [{name: it, user: {token: none}}]

    """
  }

  func listsServed(_ plural: String) -> Int {
    state.withLock { $0.listsServed[plural, default: 0] }
  }

  /// Tells every watch that what it stands at is forgotten, so that its client lists anew.
  func expireWatches() {
    let watches = state.withLock { state in
      defer { state.watches = [] }
      return state.watches
    }
    let event =
      #"{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure","#
      + #""reason":"Expired","message":"too old resource version","code":410}}"# + "\n"
    for watch in watches {
      Self.write(
        watch, Array("\(String(event.utf8.count, radix: 16))\r\n\(event)\r\n0\r\n\r\n".utf8))
    }
  }

  private func serve(_ connection: Int32) {
    var pending: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 8192)
    while true {
      while let end = Self.headEnd(pending) {
        answer(String(decoding: pending[..<end], as: UTF8.self), connection)
        pending.removeFirst(end)
      }
      let count = read(connection, &chunk, chunk.count)
      guard count > 0 else { break }
      pending += chunk[..<count]
    }
    state.withLock { $0.watches.removeAll { $0 == connection } }
    close(connection)
  }

  private static func headEnd(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (4...bytes.count).first { bytes[($0 - 4)..<$0].elementsEqual("\r\n\r\n".utf8) }
  }

  private func answer(_ head: String, _ connection: Int32) {
    let target = head.split(separator: " ").dropFirst().first ?? ""
    let path = target.prefix { $0 != "?" }
    if target.contains("watch=") {
      Self.write(
        connection,
        Array(
          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            .utf8))
      state.withLock { $0.watches.append(connection) }
      return
    }
    let plural = String(path.split(separator: "/").last ?? "")
    state.withLock { $0.listsServed[plural, default: 0] += 1 }
    let body =
      lists[plural]
      ?? Array(
        #"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"#.utf8)
    Self.write(
      connection,
      Array(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(body.count)\r\n\r\n"
          .utf8))
    Self.write(connection, body)
  }

  private static func write(_ descriptor: Int32, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      var sent = 0
      while sent < buffer.count {
        let count = Glibc.write(
          descriptor, buffer.baseAddress.map { $0 + sent }, buffer.count - sent)
        guard count > 0 else { return }  // The client went away.
        sent += count
      }
    }
  }
}

/// A detached thread.
private final class BenchmarkThread: Sendable {
  private let body: @Sendable () -> Void

  private init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  static func start(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    // The thread takes the reference over.
    let context = Unmanaged.passRetained(BenchmarkThread(body)).toOpaque()
    pthread_create(
      &thread, nil,
      { context in
        if let context {
          Unmanaged<BenchmarkThread>.fromOpaque(context).takeRetainedValue().body()
        }
        return nil
      }, context)
    pthread_detach(thread)
  }
}
