import DNSMessage
import NIOHTTP1

/// Queries in HTTP requests (RFC 8484 section 4).
enum HTTPSRequest {
  static let path = "/dns-query"
  static let mediaType = "application/dns-message"

  enum Outcome {
    case success([UInt8])
    case failure(HTTPResponseStatus)
  }

  /// The query of a request, or the status that says what is wrong with it.
  static func query(_ head: HTTPRequestHead, body: [UInt8]) -> Outcome {
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.first.map(String.init) == path else { return .failure(.notFound) }
    switch head.method {
    case .POST:
      let type = head.headers.first(name: "content-type")?.split(separator: ";").first
      guard type?.lowercased() == mediaType else { return .failure(.unsupportedMediaType) }
      return .success(body)
    case .GET:
      let pairs = parts.count > 1 ? parts[1].split(separator: "&") : []
      guard let value = pairs.first(where: { $0.hasPrefix("dns=") })?.dropFirst(4),
        let query = decodeBase64URL(value.utf8)
      else { return .failure(.badRequest) }
      return .success(query)
    default: return .failure(.methodNotAllowed)
    }
  }

  /// Reads base64url without padding (RFC 4648 section 5), as the RFC has it; padding is passed
  /// over, as others do. Nil for anything else, and for what no message can be.
  static func decodeBase64URL(_ text: some Collection<UInt8>) -> [UInt8]? {
    guard text.count <= MessageLimits.message / 3 * 4 + 4 else { return nil }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text {
      let value: UInt32
      switch byte {
      case 0x41...0x5A: value = UInt32(byte) - 0x41
      case 0x61...0x7A: value = UInt32(byte) - 0x61 + 26
      case 0x30...0x39: value = UInt32(byte) - 0x30 + 52
      case UInt8(ascii: "-"): value = 62
      case UInt8(ascii: "_"): value = 63
      case UInt8(ascii: "="): continue
      default: return nil
      }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        bits &= (1 << UInt32(count)) - 1
      }
    }
    return bits == 0 && count < 6 ? bytes : nil
  }

  /// The smallest TTL of the answer, or of a denial its SOA's; 0 if there is neither. In seconds.
  static func age(of response: [UInt8]) -> UInt32 {
    guard let message = try? Message(response) else { return 0 }
    if let ttl = message.answers.map(\.ttl).min() { return ttl }
    for record in message.authority {
      if case .soa(let soa) = record.data { return min(record.ttl, soa.minimum) }
    }
    return 0
  }
}
