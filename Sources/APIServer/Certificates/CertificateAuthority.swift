import Crypto
import FoundationEssentials
import KubernetesAPI
import SwiftASN1
import X509

/// A certificate with its private key, both in PEM.
package struct KeyPair: Sendable, Equatable {
  package var certificate: String
  package var key: String
}

/// The private certificate authority of one cluster (P-256, ten years).
struct CertificateAuthority: Sendable {
  private let certificate: Certificate
  private let key: P256.Signing.PrivateKey
  let pair: KeyPair

  private static let lifetime: Int64 = 10 * 365 * 86400
  static let leafLifetime: Int64 = 365 * 86400
  /// What is this close to its end is replaced at a start.
  static let renewal: Int64 = 30 * 86400
  /// Certificates begin this long ago, for clients whose clocks are slow.
  private static let tolerance: Int64 = 3600

  /// A new authority.
  init(now: Timestamp) throws {
    key = P256.Signing.PrivateKey()
    let name = try DistinguishedName { CommonName("rollcall-ca") }
    let publicKey = Certificate.PublicKey(key.publicKey)
    certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
      notValidBefore: Self.date(now, -Self.tolerance), notValidAfter: Self.date(now, Self.lifetime),
      issuer: name, subject: name,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
        SubjectKeyIdentifier(hash: publicKey)
      }, issuerPrivateKey: Certificate.PrivateKey(key))
    pair = KeyPair(
      certificate: try certificate.serializeAsPEM().pemString + "\n", key: key.pemRepresentation)
  }

  /// An authority from its files.
  init(_ pair: KeyPair) throws {
    certificate = try Certificate(pemEncoded: pair.certificate)
    key = try P256.Signing.PrivateKey(pemRepresentation: pair.key)
    self.pair = pair
  }

  func isDue(at now: Timestamp) -> Bool { Self.isDue(certificate, at: now) }

  static func isDue(_ certificate: Certificate, at now: Timestamp) -> Bool {
    certificate.notValidAfter < date(now, renewal)
  }

  /// Whether a certificate is this authority's and good for a while.
  func stillVouches(for pair: KeyPair, at now: Timestamp) -> Bool {
    guard let leaf = try? Certificate(pemEncoded: pair.certificate) else { return false }
    return leaf.issuer == certificate.subject && !Self.isDue(leaf, at: now)
      && certificate.publicKey.isValidSignature(leaf.signature, for: leaf)
  }

  /// A certificate for TLS clients: the user's name and groups are its subject.
  func issue(user: String, groups: [String], now: Timestamp) throws -> KeyPair {
    try issue(
      subject: DistinguishedName {
        for group in groups { OrganizationName(group) }
        CommonName(user)
      }, usage: ExtendedKeyUsage([.clientAuth]), names: nil, now: now)
  }

  /// A certificate for TLS servers.
  func issue(servingAs names: ServingNames, now: Timestamp) throws -> KeyPair {
    try issue(
      subject: DistinguishedName { CommonName("kube-apiserver") },
      usage: ExtendedKeyUsage([.serverAuth]), names: names.alternativeNames, now: now)
  }

  private func issue(
    subject: DistinguishedName, usage: ExtendedKeyUsage, names: SubjectAlternativeNames?,
    now: Timestamp
  ) throws -> KeyPair {
    let leafKey = P256.Signing.PrivateKey()
    let leaf = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(leafKey.publicKey),
      notValidBefore: Self.date(now, -Self.tolerance),
      notValidAfter: Self.date(now, Self.leafLifetime), issuer: certificate.subject,
      subject: subject,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        usage
        AuthorityKeyIdentifier(
          keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
        if let names { names }
      }, issuerPrivateKey: Certificate.PrivateKey(key))
    return KeyPair(
      certificate: try leaf.serializeAsPEM().pemString + "\n", key: leafKey.pemRepresentation)
  }

  private static func date(_ now: Timestamp, _ offset: Int64) -> Date {
    Date(timeIntervalSince1970: Double(now.seconds + offset))
  }
}
