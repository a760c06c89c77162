/// One message between the process that hands sockets over and the one that takes them: a line of
/// text, with a descriptor where a socket comes with it. The Unix socket keeps messages apart.
enum HandoverMessage: Equatable, Sendable {
  /// From the successor: what do you have?
  case request
  /// From the predecessor: a socket, whose descriptor comes along.
  case socket(SocketRole, SocketAddress)
  /// From the predecessor: that was all.
  case end
  /// From the successor: it serves over UDP; the predecessor may stop.
  case serving
  /// From the predecessor: it accepts no more connections; those that come, and those that wait,
  /// are the successor's.
  case released

  /// Raised when a message changes its meaning.
  private static let version = 1

  var text: String {
    switch self {
    case .request: "rollcall-handover \(Self.version)"
    case .socket(let role, let address): "socket \(role.rawValue) \(address)"
    case .end: "end"
    case .serving: "serving"
    case .released: "released"
    }
  }

  /// Nil for anything else.
  init?(_ text: String) {
    let words = text.split(separator: " ")
    switch (words.first, words.count) {
    case ("rollcall-handover", 2) where words[1] == "\(Self.version)": self = .request
    case ("socket", 3):
      guard let role = SocketRole(rawValue: String(words[1])),
        let address = SocketAddress(String(words[2]))
      else { return nil }
      self = .socket(role, address)
    case ("end", 1): self = .end
    case ("serving", 1): self = .serving
    case ("released", 1): self = .released
    default: return nil
    }
  }
}
