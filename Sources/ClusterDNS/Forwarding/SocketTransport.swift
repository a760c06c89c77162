import DNSMessage
import Glibc
import KubernetesAPI
import NIOCore
import NIOPosix
import NIOSSL

/// Queries over real sockets: each UDP query on one of its own, TCP and TLS on connections that
/// are kept.
final class SocketTransport: UpstreamTransport {
  private let loop: any EventLoop
  private let tls: NIOSSLContext
  private var streams: [Upstream: UpstreamStream] = [:]

  /// - Parameter trustRoots: a PEM file of certificate authorities; nil for the system's.
  /// - Throws: `NIOSSLError` if the file cannot be used.
  static func makeContext(trustRoots: String?) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if let trustRoots { configuration.trustRoots = .file(trustRoots) }
    configuration.applicationProtocols = ["dot"]
    configuration.minimumTLSVersion = .tlsv12
    return try NIOSSLContext(configuration: configuration)
  }

  init(loop: any EventLoop, tls: NIOSSLContext) {
    self.loop = loop
    self.tls = tls
  }

  func exchange(
    _ query: UpstreamQuery, with upstream: Upstream, over carrier: Carrier, timeout: TimeAmount,
    completion: @escaping Completion
  ) {
    switch carrier {
    case .datagram:
      DatagramExchange(query, completion: completion)
        .start(upstream.address.nio, timeout: timeout, loop: loop)
    case .stream: ask(query, upstream, timeout: timeout, mayRepeat: true, completion: completion)
    }
  }

  /// A connection that has served may have been closed by the other side just now; then a new one
  /// is tried, once.
  private func ask(
    _ query: UpstreamQuery, _ upstream: Upstream, timeout: TimeAmount, mayRepeat: Bool,
    completion: @escaping Completion
  ) {
    let stream = stream(to: upstream, timeout: timeout)
    let isReused = stream.hasServed
    stream.ask(query, timeout: timeout) { [self] result in
      if case .failure(.closed) = result, isReused, mayRepeat {
        ask(query, upstream, timeout: timeout, mayRepeat: false, completion: completion)
      } else {
        completion(result)
      }
    }
  }

  private func stream(to upstream: Upstream, timeout: TimeAmount) -> UpstreamStream {
    if let stream = streams[upstream], stream.hasRoom { return stream }
    let stream = UpstreamStream(loop: loop) { [weak self] stream in
      if self?.streams[upstream] === stream { self?.streams[upstream] = nil }
    }
    streams[upstream] = stream
    let bound = NIOLoopBound(stream, eventLoop: loop)
    let tls = tls
    ClientBootstrap(group: loop)
      .connectTimeout(timeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if case .tls(let name) = upstream.security {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: name))
          }
          try channel.pipeline.syncOperations.addHandler(bound.value)
        }
      }
      .connect(to: upstream.address.nio)
      .assumeIsolated()
      .whenComplete { stream.connected($0) }
    return stream
  }

  func close() {
    for stream in Array(streams.values) { stream.close() }
  }
}

extension SocketAddress {
  /// As NIO has it. Never fails: the text of an address is one.
  var nio: NIOCore.SocketAddress {
    withSockaddr { pointer, _ in
      switch address.family {
      case .v4:
        // The pointer is to storage that holds any sockaddr.
        NIOCore.SocketAddress(
          UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in.self))
      case .v6:
        NIOCore.SocketAddress(
          UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in6.self))
      }
    }
  }
}
