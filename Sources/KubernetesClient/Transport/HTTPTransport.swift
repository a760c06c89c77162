import AsyncHTTPClient
import Glibc
package import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOSSL

/// Carries requests over HTTP/1.1 or HTTP/2, with or without TLS.
///
/// Watches travel on HTTP/1.1 connections of their own, so that a server's limit on streams per
/// HTTP/2 connection cannot starve other requests, and with TCP keep-alive, so that a server that
/// vanished without a word is noticed.
package final class HTTPTransport: KubernetesTransport {
  package struct Configuration: Sendable {
    package var server: ServerAddress
    /// Certificates in PEM to trust as issuers of the server's; nil trusts the system's.
    package var certificateAuthority: [UInt8]?
    package var credentials: Credentials
    /// Trusts any server. For experiments only.
    package var skipsServerVerification = false
    /// The name to ask for and to find in the server's certificate, in place of the address's host.
    package var serverName: String?
    package var connectTimeout = Duration.seconds(10)
    /// Longest silence within an answer other than a watch.
    package var readTimeout = Duration.seconds(60)
    /// How long an unused connection stays open.
    package var idleTimeout = Duration.seconds(90)

    package init(server: ServerAddress, credentials: Credentials = Credentials()) {
      self.server = server
      self.credentials = credentials
    }
  }

  private let configuration: Configuration
  private let base: String
  /// For requests that end by themselves.
  private let short: HTTPClient
  /// For watches.
  private let long: HTTPClient
  private let tokens: TokenSource?

  /// Throws `ConfigurationError` if a certificate or key cannot be used.
  ///
  /// - Parameter readFile: reads the file a bearer token is kept in.
  package init(
    _ configuration: Configuration, time: TimeSource = .system,
    readFile: @escaping @Sendable (String) throws -> [UInt8] = { try ConfigurationFile.read($0) }
  ) throws {
    self.configuration = configuration
    let tls = try Self.tls(configuration)
    tokens = configuration.credentials.token.map {
      TokenSource($0, time: time, readFile: readFile)
    }
    var server = configuration.server
    var options = HTTPClient.Configuration(tlsConfiguration: tls)
    if let name = configuration.serverName, name != server.host {
      options.dnsOverride = [name: server.host]
      server.host = name
    }
    base = server.description
    options.redirectConfiguration = .disallow
    options.timeout.connect = TimeAmount(configuration.connectTimeout)
    options.connectionPool.idleTimeout = TimeAmount(configuration.idleTimeout)
    options.connectionPool.retryConnectionEstablishment = false
    options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    options.timeout.read = TimeAmount(configuration.readTimeout)
    short = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: options)

    options.timeout.read = nil
    options.httpVersion = .http1Only
    // One connection for each resource watched; clusters serve a few hundred.
    options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
    options.http1_1ConnectionDebugInitializer = { channel in Self.keepAlive(channel) }
    long = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: options)
  }

  deinit {
    short.shutdown { _ in }
    long.shutdown { _ in }
  }

  package func send(_ request: APIRequest) async throws -> APIResponse {
    let isWatch = request.method == "GET" && Self.isWatch(request.target)
    var message = HTTPClientRequest(url: base + request.target)
    message.method = HTTPMethod(rawValue: request.method)
    for (name, value) in request.headers { message.headers.add(name: name, value: value) }
    if let tokens {
      message.headers.replaceOrAdd(
        name: "authorization", value: "Bearer \(try tokens.current())")
    }
    if !request.body.isEmpty { message.body = .bytes(request.body) }
    let client = isWatch ? long : short
    let response: HTTPClientResponse
    do {
      let limit = TimeAmount(configuration.connectTimeout) + TimeAmount(configuration.readTimeout)
      response = try await client.execute(message, timeout: limit)
    } catch {
      throw translate(error)
    }
    if response.status.code == 401 { tokens?.invalidate() }
    var headers: [String: String] = [:]
    for (name, value) in response.headers { headers[name.lowercased()] = value }
    return APIResponse(
      status: Int(response.status.code), headers: headers, body: .stream(chunks(of: response.body)))
  }

  /// The body's chunks, read from the connection only as they are asked for.
  private func chunks(
    of body: HTTPClientResponse.Body
  ) -> AsyncThrowingStream<[UInt8], any Error> {
    let reader = BodyReader(body)
    return AsyncThrowingStream {
      do {
        return try await reader.next()
      } catch {
        throw self.translate(error)
      }
    }
  }

  /// Unchecked: a response's stream has one consumer, which asks for one chunk after another, so
  /// that `next` never runs twice at once.
  private final class BodyReader: @unchecked Sendable {
    private var iterator: HTTPClientResponse.Body.AsyncIterator

    init(_ body: HTTPClientResponse.Body) { iterator = body.makeAsyncIterator() }

    func next() async throws -> [UInt8]? {
      try await iterator.next().map { Array($0.readableBytesView) }
    }
  }

  private static func isWatch(_ target: String) -> Bool {
    guard let query = target.firstIndex(of: "?") else { return false }
    return target[query...].dropFirst().split(separator: "&").contains {
      $0 == "watch=true" || $0 == "watch=1" || $0 == "follow=true"
    }
  }

  private func translate(_ error: any Error) -> any Error {
    if error is CancellationError || error is ConfigurationError { return error }
    return switch error as? HTTPClientError {
    case .cancelled: CancellationError()
    case .deadlineExceeded, .readTimeout:
      TransportError(.timedOut, "no answer from \(configuration.server) in time")
    case .remoteConnectionClosed:
      TransportError(.interrupted, "\(configuration.server) closed the connection")
    default: TransportError(.unreachable, "cannot reach \(configuration.server): \(error)")
    }
  }

  // MARK: Connections

  private static func tls(_ configuration: Configuration) throws -> TLSConfiguration {
    var tls = TLSConfiguration.makeClientConfiguration()
    if configuration.skipsServerVerification {
      tls.certificateVerification = .none
    }
    if let authority = configuration.certificateAuthority {
      do {
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
      } catch {
        throw ConfigurationError("the certificate authority is no PEM certificate")
      }
    }
    if let certificate = configuration.credentials.certificate {
      do {
        tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate.chain)
          .map { .certificate($0) }
      } catch {
        throw ConfigurationError("the client certificate is no PEM certificate")
      }
      do {
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: certificate.key, format: .pem))
      } catch {
        throw ConfigurationError("the client key is no PEM private key")
      }
    }
    return tls
  }

  /// Probes a silent connection after 20 s, every 5 s, and gives it up after three probes.
  private static func keepAlive(_ channel: any Channel) -> EventLoopFuture<Void> {
    @Sendable func set(_ name: CInt, to value: Int) -> EventLoopFuture<Void> {
      channel.setOption(.tcpOption(NIOBSDSocket.Option(rawValue: name)), value: value)
    }
    return channel.setOption(.socketOption(.so_keepalive), value: 1)
      .flatMap { set(TCP_KEEPIDLE, to: 20) }
      .flatMap { set(TCP_KEEPINTVL, to: 5) }
      .flatMap { set(TCP_KEEPCNT, to: 3) }
  }
}
