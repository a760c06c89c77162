import NIOHTTP1
import Testing

@testable import ClusterDNS

struct HTTPSRequestTests {
  static func text(_ outcome: HTTPSRequest.Outcome) -> String {
    switch outcome {
    case .success(let query): "\(query)"
    case .failure(let status): "\(status.code)"
    }
  }

  static func ask(
    _ method: HTTPMethod, _ uri: String, type: String? = HTTPSRequest.mediaType,
    body: [UInt8] = []
  ) -> String {
    var headers = HTTPHeaders()
    if let type { headers.add(name: "Content-Type", value: type) }
    return text(
      HTTPSRequest.query(
        HTTPRequestHead(version: .http1_1, method: method, uri: uri, headers: headers), body: body))
  }

  @Test func `A query comes in the body of a POST or the text of a GET`() {
    #expect(Self.ask(.POST, "/dns-query", body: [1, 2, 3]) == "[1, 2, 3]")
    #expect(
      Self.ask(.POST, "/dns-query", type: "Application/DNS-Message; a=b", body: [1]) == "[1]")
    #expect(Self.ask(.GET, "/dns-query?dns=AQID", type: nil) == "[1, 2, 3]")
    #expect(Self.ask(.GET, "/dns-query?x=y&dns=-_8", type: nil) == "[251, 255]")
  }

  @Test func `What is wrong with a request is said by its status`() {
    #expect(Self.ask(.GET, "/") == "404")
    #expect(Self.ask(.GET, "/dns-query") == "400")
    #expect(Self.ask(.GET, "/dns-query?dns=A*B") == "400")
    #expect(Self.ask(.GET, "/dns-query?dns=A") == "400")
    #expect(Self.ask(.POST, "/dns-query", type: "text/plain") == "415")
    #expect(Self.ask(.POST, "/dns-query", type: nil) == "415")
    #expect(Self.ask(.PUT, "/dns-query") == "405")
    #expect(Self.ask(.GET, "/dns-query?dns=" + String(repeating: "A", count: 90_000)) == "400")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `Any bytes survive base64url, any text does no harm`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    for count in 0..<60 {
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      var text: [UInt8] = []
      for start in stride(from: 0, to: count, by: 3) {
        let piece = bytes[start..<min(start + 3, count)]
        let bits =
          piece.reduce(0 as UInt32) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - piece.count))
        text += (0...piece.count).map { alphabet[Int(bits >> UInt32(18 - 6 * $0)) & 63] }
      }
      #expect(HTTPSRequest.decodeBase64URL(text) == bytes)
      let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      _ = HTTPSRequest.decodeBase64URL(noise)
    }
  }
}
