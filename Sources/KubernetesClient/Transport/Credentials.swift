import Synchronization

/// How a client shows who it is.
package struct Credentials: Sendable {
  package enum BearerToken: Sendable, Hashable {
    case literal(String)
    /// A file that someone renews; read again while in use.
    case file(String)
  }

  /// A certificate (chain) in PEM and the private key to it.
  package var certificate: (chain: [UInt8], key: [UInt8])?
  package var token: BearerToken?

  package init(
    certificate: (chain: [UInt8], key: [UInt8])? = nil, token: BearerToken? = nil
  ) {
    self.certificate = certificate
    self.token = token
  }
}

/// The bearer token to send now. A token in a file is read again every minute, and at once after
/// the server refused it: kubelet renews it there.
final class TokenSource: Sendable {
  /// How long a token that was read is used; short against the hour before its end at which kubelet
  /// renews it.
  private static let lifetime = Duration.seconds(60)

  private struct Cached {
    var token: String
    var readAt: Duration
  }

  private let token: Credentials.BearerToken
  private let readFile: @Sendable (String) throws -> [UInt8]
  private let time: TimeSource
  private let cached = Mutex<Cached?>(nil)

  init(
    _ token: Credentials.BearerToken, time: TimeSource,
    readFile: @escaping @Sendable (String) throws -> [UInt8]
  ) {
    self.token = token
    self.time = time
    self.readFile = readFile
  }

  /// Where the file cannot be read the token read before serves on.
  func current() throws -> String {
    guard case .file(let path) = token else {
      if case .literal(let text) = token { return text }
      return ""
    }
    let now = time.uptime()
    return try cached.withLock { cached in
      if let known = cached, now - known.readAt < Self.lifetime { return known.token }
      do {
        let text = String(decoding: try readFile(path), as: UTF8.self)
        let token = String(text.split(whereSeparator: \.isWhitespace).first ?? "")
        cached = Cached(token: token, readAt: now)
        return token
      } catch {
        guard let known = cached else { throw error }
        return known.token
      }
    }
  }

  /// The server refused the token.
  func invalidate() { cached.withLock { $0?.readAt -= Self.lifetime } }
}
