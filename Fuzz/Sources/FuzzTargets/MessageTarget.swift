import DNSMessage

/// The message reader: whatever it accepts is written back to an equal message, and its names
/// survive their presentation form.
final class MessageTarget: InputChecker {
  func check(_ input: [UInt8]) throws {
    guard let message = Self.read(input) else { return }
    for name in Self.names(of: message) {
      let text = name.description
      try BrokenPromise.unless(
        DomainName(text)?.wire == name.wire, "\(name.wire) is written \(text), not read back")
    }
    let written: [UInt8]
    do {
      written = try message.encoded()
    } catch WireError.tooLarge {
      // Targets of SRV records are spelled out, so a crammed message may grow.
      return
    }
    guard let again = Self.read(written) else {
      throw BrokenPromise("not read back: \(message) written as \(written)")
    }
    try BrokenPromise.unless(again == message, "\(message) became \(again)")
    // Compression finds the same ancestors again: writing has one fixed point.
    try BrokenPromise.unless(
      try again.encoded() == written, "written twice differently: \(message)")
  }

  static func read(_ bytes: [UInt8]) -> Message? {
    do { return try Message(bytes) } catch { return nil }
  }

  private static func names(of message: Message) -> [DomainName] {
    var names = message.questions.map(\.name)
    for record in message.answers + message.authority + message.additional {
      names.append(record.name)
      switch record.data {
      case .cname(let name), .ns(let name), .ptr(let name): names.append(name)
      case .srv(_, _, _, let target): names.append(target)
      case .soa(let soa): names += [soa.primary, soa.mailbox]
      case .a, .aaaa, .txt, .unknown: break
      }
    }
    return names
  }
}
