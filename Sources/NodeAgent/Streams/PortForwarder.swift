import CRollcallLinux
import Glibc
import KubernetesClient
import NIOCore
import NIOPosix
import Netlink
import SPDY

/// Forwards connections to ports of a Pod (`portforward.k8s.io`): each is a pair of streams with
/// the same `requestid`, one for data and one for what goes wrong.
struct PortForwarder: Sendable {
  /// As it stands in messages.
  let pod: String
  let uid: String
  /// A process in the Pod's network namespace; nil if there is none.
  let process: @Sendable () async -> Int32?

  init(pod: String, uid: String, process: @escaping @Sendable () async -> Int32?) {
    self.pod = pod
    self.uid = uid
    self.process = process
  }

  private struct Pair {
    var port: UInt16
    var data: SPDYStream?
    var error: SPDYStream?
  }

  /// Pairs of which the second stream is waited for.
  private static let mostIncomplete = 64

  /// Forwards until the client opens no more streams.
  func serve(_ session: SPDYSession) async {
    await withDiscardingTaskGroup { group in
      var pairs: [String: Pair] = [:]
      while let stream = await session.arrivals.next() {
        guard let port = stream.headers["port"].flatMap(UInt16.init), port > 0,
          let type = stream.headers["streamtype"], type == "data" || type == "error"
        else {
          await stream.reset()
          continue
        }
        let request = stream.headers["requestid"] ?? Self.request(stream.id, type)
        var pair = pairs[request] ?? Pair(port: port)
        if type == "data" { pair.data = stream } else { pair.error = stream }
        if let data = pair.data, let error = pair.error {
          pairs[request] = nil
          let port = pair.port
          group.addTask { await forward(port, data, error) }
        } else if pairs.count < Self.mostIncomplete {
          pairs[request] = pair
        } else {
          await stream.reset()
        }
      }
      group.cancelAll()
    }
  }

  /// The oldest clients number no requests: they open the stream of data right after the other.
  private static func request(_ id: UInt32, _ type: String) -> String {
    String(type == "error" ? id : id &- 2)
  }

  private func forward(_ port: UInt16, _ data: SPDYStream, _ error: SPDYStream) async {
    error.input.abandon()
    do {
      guard let process = await process() else { throw ForwardProblem("the pod has no network") }
      let socket = try await BlockingThread.run {
        try PodSocket.connect(toPort: port, inNamespaceOf: process)
      }
      try await carry(socket, data)
    } catch let problem as ForwardProblem {
      let message =
        "error forwarding port \(port) to pod \(pod), uid \(uid): \(problem.description)"
      try? await error.write(ByteBuffer(string: message))
    } catch {
      // The connection broke on one side or the other: both are closed.
      await data.reset()
    }
    data.input.abandon()
    await data.close()
    await error.close()
  }

  private func carry(_ socket: Int32, _ data: SPDYStream) async throws {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .withConnectedSocket(socket) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, Never>(
            wrappingChannelSynchronously: channel,
            configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
        }
      }
    try await channel.executeThenClose { bytes in
      let inward = Task {
        do {
          while let piece = await data.input.next() {
            try await channel.channel.writeAndFlush(piece).get()
          }
          try await channel.channel.close(mode: .output)
        } catch {
          // The Pod's side does not read any more.
          data.input.abandon()
        }
      }
      defer { inward.cancel() }
      for try await piece in bytes { try await data.write(piece) }
      await data.close()
      // The Pod's side has said all; what the client still sends is for it.
      await withTaskCancellationHandler {
        await inward.value
      } onCancel: {
        inward.cancel()
      }
    }
  }
}

/// Why nothing is forwarded.
struct ForwardProblem: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// Sockets in the network of a Pod.
enum PodSocket {
  /// How long a program may take to accept, in seconds.
  private static let patience = 10

  /// Connects to a port of the loopback address: IPv4 first, then IPv6. Blocks its thread.
  ///
  /// - Throws: `ForwardProblem`.
  static func connect(toPort port: UInt16, inNamespaceOf process: Int32) throws -> Int32 {
    let result: Result<Int32, ForwardProblem>
    do throws(NetlinkError) {
      let namespace = try NetworkNamespace(path: "/proc/\(process)/ns/net")
      result = try namespace.run { () throws(NetlinkError) in attempts(port) }
    } catch {
      throw ForwardProblem("failed to enter the network namespace of the pod: \(error)")
    }
    return try result.get()
  }

  private static func attempts(_ port: UInt16) -> Result<Int32, ForwardProblem> {
    var four = sockaddr_in()
    four.sin_family = sa_family_t(AF_INET)
    four.sin_port = port.bigEndian
    four.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    six.sin6_port = port.bigEndian
    six.sin6_addr = in6addr_loopback
    let first = connect(AF_INET, &four, MemoryLayout<sockaddr_in>.size)
    if first.socket >= 0 { return .success(first.socket) }
    let second = connect(AF_INET6, &six, MemoryLayout<sockaddr_in6>.size)
    if second.socket >= 0 { return .success(second.socket) }
    return .failure(
      ForwardProblem(
        "failed to connect to localhost:\(port) inside the pod's namespace, IPv4: dial tcp4 "
          + "127.0.0.1:\(port): connect: \(Self.text(first.error)) IPv6 dial tcp6 [::1]:\(port): "
          + "connect: \(Self.text(second.error))"))
  }

  /// As Go writes errors.
  private static func text(_ number: Int32) -> String {
    String(cString: strerror(number)).lowercased()
  }

  private static func connect(
    _ family: Int32, _ address: UnsafeRawPointer, _ size: Int
  ) -> (socket: Int32, error: Int32) {
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(family, type, 0)
    guard descriptor >= 0 else { return (-1, errno) }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    // An address of either family is a sockaddr.
    let result = Glibc.connect(
      descriptor, address.assumingMemoryBound(to: sockaddr.self), socklen_t(size))
    if result == 0 { return (descriptor, 0) }
    let number = errno
    close(descriptor)
    return (-1, number)
  }
}
