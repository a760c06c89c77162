import Crypto
package import KubernetesAPI
import SwiftASN1
import X509

/// Everything an API server proves itself and its users with: made at the first start, kept in
/// files, renewed when it is near its end.
package struct ClusterCertificates: Sendable {
  /// The authority's certificate in PEM: whom to trust.
  package let authority: String
  package let serving: KeyPair
  /// Of the user `kubernetes-admin`, in `system:masters`.
  package let admin: KeyPair
  /// By which the API server comes to the agents of Nodes.
  package let nodeClient: KeyPair
  package let serviceAccountKey: ServiceAccountKey

  /// Why the files cannot be used.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  private enum Name {
    static let authority = "ca"
    static let serving = "apiserver"
    static let admin = "admin"
    static let nodeClient = "apiserver-kubelet-client"
    static let serviceAccountKey = "sa.key"
  }

  package static let adminName = "kubernetes-admin"
  /// The user as whom the API server comes to Nodes.
  static let nodeClientName = "kube-apiserver-kubelet-client"

  /// Reads what is there and makes what is missing, has other names, or ends within a month.
  ///
  /// - Parameters:
  ///   - files: the directory `pki`.
  ///   - names: what the serving certificate must hold for.
  package init(
    files: any PrivateFiles, names: ServingNames, now: Timestamp
  ) throws(Failure) {
    do {
      let authority = try Self.authority(files, now)
      self.authority = authority.pair.certificate
      serving = try Self.pair(Name.serving, files, of: authority, now) { certificate in
        names.areCovered(by: certificate)
      } issue: {
        try authority.issue(servingAs: names, now: now)
      }
      admin = try Self.pair(Name.admin, files, of: authority, now) { _ in
        true
      } issue: {
        try authority.issue(user: Self.adminName, groups: [UserInfo.mastersGroup], now: now)
      }
      nodeClient = try Self.pair(Name.nodeClient, files, of: authority, now) { _ in
        true
      } issue: {
        try authority.issue(user: Self.nodeClientName, groups: [], now: now)
      }
      serviceAccountKey = try Self.signingKey(files)
    } catch {
      throw Failure(description: "\(error)")
    }
  }

  private static func authority(
    _ files: any PrivateFiles, _ now: Timestamp
  ) throws -> CertificateAuthority {
    if let pair = try read(Name.authority, files) {
      let authority = try CertificateAuthority(pair)
      if !authority.isDue(at: now) { return authority }
    }
    let authority = try CertificateAuthority(now: now)
    try write(authority.pair, Name.authority, files)
    return authority
  }

  private static func pair(
    _ name: String, _ files: any PrivateFiles, of authority: CertificateAuthority,
    _ now: Timestamp, fits: (Certificate) -> Bool, issue: () throws -> KeyPair
  ) throws -> KeyPair {
    if let pair = try read(name, files), authority.stillVouches(for: pair, at: now),
      let certificate = try? Certificate(pemEncoded: pair.certificate), fits(certificate)
    {
      return pair
    }
    let pair = try issue()
    try write(pair, name, files)
    return pair
  }

  private static func signingKey(_ files: any PrivateFiles) throws -> ServiceAccountKey {
    if let text = try files.read(Name.serviceAccountKey) {
      return ServiceAccountKey(try P256.Signing.PrivateKey(pemRepresentation: text))
    }
    let key = ServiceAccountKey()
    try files.write(Name.serviceAccountKey, key.privateKey.pemRepresentation)
    return key
  }

  private static func read(_ name: String, _ files: any PrivateFiles) throws -> KeyPair? {
    guard let certificate = try files.read(name + ".crt"), let key = try files.read(name + ".key")
    else { return nil }
    return KeyPair(certificate: certificate, key: key)
  }

  /// The key first: a certificate without its key is of no use, and is made anew.
  private static func write(_ pair: KeyPair, _ name: String, _ files: any PrivateFiles) throws {
    try files.write(name + ".key", pair.key)
    try files.write(name + ".crt", pair.certificate)
  }
}

extension ClusterCertificates {
  /// A kubeconfig by which kubectl comes in as the administrator.
  ///
  /// - Parameter server: `https://127.0.0.1:6443`.
  package func adminKubeconfig(server: String) -> String {
    """
    apiVersion: v1
    kind: Config
    clusters:
    - name: rollcall
      cluster:
        server: \(server)
        certificate-authority-data: \(encodeBase64(Array(authority.utf8)))
    users:
    - name: \(Self.adminName)
      user:
        client-certificate-data: \(encodeBase64(Array(admin.certificate.utf8)))
        client-key-data: \(encodeBase64(Array(admin.key.utf8)))
    contexts:
    - name: \(Self.adminName)@rollcall
      context:
        cluster: rollcall
        user: \(Self.adminName)
    current-context: \(Self.adminName)@rollcall

    """
  }
}

extension UserInfo {
  /// The user a client certificate names: the common name, and the organizations as groups.
  ///
  /// - Parameter certificate: in DER; its signature has been verified.
  /// - Returns: nil for a certificate that names nobody.
  package init?(clientCertificate der: [UInt8]) {
    guard let certificate = try? Certificate(derEncoded: der) else { return nil }
    var name = ""
    var groups: [String] = []
    for attribute in certificate.subject.flatMap({ Array($0) }) {
      if attribute.type == .RDNAttributeType.commonName {
        name = String(attribute.value) ?? ""
      } else if attribute.type == .RDNAttributeType.organizationName {
        if let group = String(attribute.value) { groups.append(group) }
      }
    }
    guard !name.isEmpty else { return nil }
    self.init(name: name, groups: groups)
  }
}
