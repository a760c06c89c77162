import DNSMessage

extension Message {
  /// The wire form; records from the end on are left out, and TC set, until it fits the limit.
  /// Empty if not even the question fits.
  func encodedToFit(_ limit: Int) -> [UInt8] {
    var message = self
    while true {
      if let bytes = try? message.encoded(limit: limit) { return bytes }
      if !message.additional.isEmpty {
        message.additional = []
      } else if !message.authority.isEmpty {
        message.authority.removeLast()
        message.flags.rawValue |= HeaderFlags.truncated
      } else if !message.answers.isEmpty {
        message.answers.removeLast(max(1, message.answers.count / 8))
        message.flags.rawValue |= HeaderFlags.truncated
      } else {
        return []
      }
    }
  }
}
