/// The address of an API server as kubeconfig files write it: `https://host:6443/prefix`.
package struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
  package enum Scheme: String, Sendable, Hashable {
    case http, https
  }

  package var scheme: Scheme
  /// A name or an address; IPv6 addresses without brackets.
  package var host: String
  package var port: Int
  /// What comes before every path; empty or beginning with `/`, without one at its end.
  package var pathPrefix: String

  /// Reads an address. Without a scheme it is `https`; without a port it is the scheme's own.
  package init?(_ text: String) {
    var rest = text[...]
    scheme = .https
    if let end = rest.range(of: "://") {
      guard let scheme = Scheme(rawValue: rest[..<end.lowerBound].lowercased()) else { return nil }
      self.scheme = scheme
      rest = rest[end.upperBound...]
    }
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    var path = rest[authority.endIndex...]
    guard !path.contains("?"), !path.contains("#"), !authority.contains("@") else { return nil }
    while path.last == "/" { path = path.dropLast() }
    pathPrefix = String(path)

    let portText: Substring
    if authority.first == "[" {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      host = String(authority[authority.index(after: authority.startIndex)..<close])
      let behind = authority[authority.index(after: close)...]
      guard behind.isEmpty || behind.first == ":" else { return nil }
      portText = behind.dropFirst()
    } else {
      let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
      guard (1...2).contains(parts.count) else { return nil }
      host = String(parts[0])
      portText = parts.count == 2 ? parts[1] : ""
    }
    guard !host.isEmpty else { return nil }
    if portText.isEmpty {
      port = scheme == .https ? 443 : 80
    } else {
      guard let port = UInt16(portText), port > 0 else { return nil }
      self.port = Int(port)
    }
  }

  package var description: String {
    let bracketed = host.contains(":") ? "[\(host)]" : host
    return "\(scheme.rawValue)://\(bracketed):\(port)\(pathPrefix)"
  }
}

extension Substring {
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) {
        return start..<index(start, offsetBy: text.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
