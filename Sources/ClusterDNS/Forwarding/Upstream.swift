import KubernetesAPI

/// A name server that questions are forwarded to.
package struct Upstream: Hashable, Sendable {
  /// How queries travel.
  package enum Security: Hashable, Sendable {
    /// UDP, and TCP for what UDP cannot carry.
    case none
    /// DNS over TLS (RFC 7858). The certificate must be for this name or the server's address.
    case tls(serverName: String?)
  }

  package var address: SocketAddress
  package var security: Security

  package init(_ address: SocketAddress, security: Security = .none) {
    self.address = address
    self.security = security
  }

  /// Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:53`,
  /// `tls://192.0.2.1#dns.example` and `tls://192.0.2.1:853`; nil for anything else.
  package init?(_ text: String) {
    var text = text[...]
    var isSecure = false
    if text.hasPrefix("tls://") {
      isSecure = true
      text = text.dropFirst(6)
    } else if text.hasPrefix("dns://") {
      text = text.dropFirst(6)
    }
    var name: String?
    if let hash = text.firstIndex(of: "#") {
      name = String(text[text.index(after: hash)...])
      text = text[..<hash]
      guard isSecure, name?.isEmpty == false else { return nil }
    }
    let port: UInt16 = isSecure ? 853 : 53
    var bare = text
    if bare.hasPrefix("["), bare.hasSuffix("]") { bare = bare.dropFirst().dropLast() }
    let address =
      IPAddress(String(bare)).map { SocketAddress($0, port: port) } ?? SocketAddress(String(text))
    guard let address, address.port > 0, !address.address.isUnspecified else { return nil }
    self.init(address, security: isSecure ? .tls(serverName: name) : .none)
  }

  var isSecure: Bool { security != .none }
}

extension Upstream: CustomStringConvertible {
  /// As it is read.
  package var description: String {
    switch security {
    case .none: "\(address)"
    case .tls(let name): "tls://\(address)" + (name.map { "#\($0)" } ?? "")
    }
  }
}
