import Crypto
import JSONTree

/// A signed token in compact form (RFC 7515, RFC 7519), with ES256 (RFC 7518 section 3.4).
enum JSONWebToken {
  /// - Parameter keyID: names the key, for whoever has several to choose from.
  static func sign(
    _ claims: JSON, with key: P256.Signing.PrivateKey, keyID: String
  ) throws -> String {
    let header: JSON = ["alg": "ES256", "kid": .string(keyID)]
    let signed = encodeBase64URL(header.encoded()) + "." + encodeBase64URL(claims.encoded())
    let signature = try key.signature(for: Array(signed.utf8))
    return signed + "." + encodeBase64URL(Array(signature.rawRepresentation))
  }

  /// The claims of a token that a key signed; nil for every other text.
  static func verify(_ token: String, with key: P256.Signing.PublicKey) -> JSON? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = decodeBase64URL(parts[0]),
      let claims = decodeBase64URL(parts[1]), let bytes = decodeBase64URL(parts[2]),
      (try? JSON(parsing: header))?["alg"] == "ES256",
      let signature = try? P256.Signing.ECDSASignature(rawRepresentation: bytes),
      key.isValidSignature(signature, for: Array(token.utf8.prefix(signedLength(parts))))
    else { return nil }
    return try? JSON(parsing: claims)
  }

  private static func signedLength(_ parts: [Substring]) -> Int {
    parts[0].utf8.count + 1 + parts[1].utf8.count
  }
}
