import DNSMessage

/// A question for a name's IPv4 addresses, asked again and again.
struct NameQuery {
  private let bytes: [UInt8]

  init(_ name: String) throws {
    guard let name = DomainName(name) else { throw ServerFailure("\(name) is no name") }
    let message = Message(
      id: 0, flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
      questions: [Question(name: name, type: .a)])
    bytes = try message.encoded()
  }

  /// The addresses of a positive answer; nil for any other, and for none within some milliseconds.
  func ask(_ socket: ClientSocket, waiting milliseconds: Int32) -> [UInt32]? {
    _ = socket.receive { _ in }  // What came too late before.
    socket.prepare(bytes, id: 1)
    socket.send()
    ClientSocket.wait(for: [socket], milliseconds: milliseconds)
    var addresses: [UInt32]?
    _ = socket.receive { response in
      guard let message = try? Message(Array(response)), message.responseCode == .noError else {
        return
      }
      let found = message.answers.compactMap { record -> UInt32? in
        if case .a(let address) = record.data { address } else { nil }
      }
      if !found.isEmpty { addresses = found }
    }
    return addresses
  }
}
