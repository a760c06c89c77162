import Crypto
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Opens connections to the agents of Nodes, one for each request.
final class NodeConnector: Sendable {
  private let context: NIOSSLContext

  /// As in a kube-apiserver (kubelet-timeout is for requests; dialling has 30 s of its own).
  private static let connectLimit = TimeAmount.seconds(30)

  /// - Parameter credentials: what the server proves itself with to agents.
  /// - Throws: an error of NIOSSL if they cannot be used.
  init(credentials: KeyPair) throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(
      Array(credentials.certificate.utf8)
    ).map { .certificate($0) }
    configuration.privateKey = .privateKey(
      try NIOSSLPrivateKey(bytes: Array(credentials.key.utf8), format: .pem))
    // The callback of each connection compares the certificate with the Node's.
    configuration.certificateVerification = .noHostnameVerification
    context = try NIOSSLContext(configuration: configuration)
  }

  /// Sends a request without a body, and returns once the head of the answer is there.
  ///
  /// - Parameter loop: on which the connection is served.
  /// - Throws: an error of the connection.
  func send(
    _ request: HTTPRequestHead, to node: NodeAddress, on loop: any EventLoop
  ) async throws -> NodeResponse {
    let context = context
    let fingerprint = node.fingerprint
    let channel = try await ClientBootstrap(group: loop)
      .connectTimeout(Self.connectLimit)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(
            NIOSSLClientHandler(
              context: context, serverHostname: nil,
              customVerificationCallback: { chain, promise in
                promise.succeed(
                  Self.isExpected(chain.first, fingerprint) ? .certificateVerified : .failed)
              }))
          try NodeResponse.prepare(channel)
        }
      }
      .connect(host: node.host, port: node.port).get()
    return try await NodeResponse.send(request, on: channel)
  }

  private static func isExpected(
    _ certificate: NIOSSLCertificate?, _ fingerprint: String?
  ) -> Bool {
    guard let der = try? certificate?.toDERBytes() else { return false }
    guard let fingerprint else { return true }
    let digest = SHA256.hash(data: der)
      .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    return digest == fingerprint.lowercased()
  }
}
