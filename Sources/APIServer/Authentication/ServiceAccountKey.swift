package import Crypto

/// The key that signs ServiceAccount tokens (P-256).
package struct ServiceAccountKey: Sendable {
  package let privateKey: P256.Signing.PrivateKey
  /// What tokens call it (`kid`): a digest of the public key.
  package let id: String

  package init(_ privateKey: P256.Signing.PrivateKey = P256.Signing.PrivateKey()) {
    self.privateKey = privateKey
    id = encodeBase64URL(Array(SHA256.hash(data: privateKey.publicKey.derRepresentation)))
  }
}
