import Crypto
import Foundation
import SwiftASN1
import X509

@testable import ClusterDNS

/// A certificate for `dns.test` and 127.0.0.1 in a directory of its own, signed by itself, for the
/// time of a test.
final class TestAuthority {
  let directory: URL
  let identity: TLSIdentity

  /// The file of authorities that trust it.
  var trustFile: String { identity.certificateFile }

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent(
      "rollcall-dns-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let key = P256.Signing.PrivateKey()
    let name = try DistinguishedName { CommonName("dns.test") }
    let certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
      notValidBefore: .now - 3600, notValidAfter: .now + 86_400, issuer: name, subject: name,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try .init {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        SubjectAlternativeNames([
          .dnsName("dns.test"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
        ])
      }, issuerPrivateKey: .init(key))
    identity = TLSIdentity(
      certificateFile: directory.appendingPathComponent("tls.crt").path,
      keyFile: directory.appendingPathComponent("tls.key").path)
    try certificate.serializeAsPEM().pemString.write(
      toFile: identity.certificateFile, atomically: true, encoding: .utf8)
    try key.pemRepresentation.write(
      toFile: identity.keyFile, atomically: true, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }
}
