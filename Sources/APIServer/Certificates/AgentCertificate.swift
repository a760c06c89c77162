import Crypto
import FoundationEssentials
package import KubernetesAPI
import SwiftASN1
import X509

/// What the server of a node agent proves itself with: a certificate of the agent's own making,
/// whose fingerprint its Node carries. Who may write the Node says by it which server is that of
/// the Node, so that no authority of the cluster has to sign for every machine.
package struct AgentCertificate: Sendable {
  /// In PEM.
  package let certificate: String
  package let key: String
  /// SHA-256 of the certificate in DER, in lower-case hexadecimal digits.
  package let fingerprint: String

  private static let lifetime: Double = 365 * 86400
  /// One this close to its end is replaced at a start.
  private static let renewal: Double = 30 * 86400

  /// Reads the one among the agent's files, or makes one.
  ///
  /// - Throws: `PrivateFileError`, or an error of the key's or certificate's encoding.
  package init(files: any PrivateFiles, nodeName: String, now: Timestamp) throws {
    let date = Date(timeIntervalSince1970: Double(now.seconds))
    if let pem = try files.read("agent.crt"), let keyPEM = try files.read("agent.key"),
      let known = try? Certificate(pemEncoded: pem), known.notValidAfter > date + Self.renewal,
      let key = try? P256.Signing.PrivateKey(pemRepresentation: keyPEM),
      known.publicKey == Certificate.PublicKey(key.publicKey)
    {
      try self.init(known, key)
      return
    }
    let key = P256.Signing.PrivateKey()
    try self.init(try Self.make(nodeName, key, date), key)
    // The key first: a certificate without its key is of no use, and is made anew.
    try files.write("agent.key", self.key)
    try files.write("agent.crt", certificate)
  }

  private init(_ certificate: Certificate, _ key: P256.Signing.PrivateKey) throws {
    let document = try certificate.serializeAsPEM()
    self.certificate = document.pemString + "\n"
    self.key = key.pemRepresentation
    fingerprint = SHA256.hash(data: document.derBytes)
      .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  private static func make(
    _ nodeName: String, _ key: P256.Signing.PrivateKey, _ date: Date
  ) throws -> Certificate {
    // As a kubelet names itself.
    let subject = try DistinguishedName {
      OrganizationName("system:nodes")
      CommonName("system:node:" + nodeName)
    }
    return try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(key.publicKey), notValidBefore: date - 3600,
      notValidAfter: date + lifetime, issuer: subject, subject: subject,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames([.dnsName(nodeName)])
      }, issuerPrivateKey: Certificate.PrivateKey(key))
  }
}
