package import KubernetesAPI
import SwiftASN1
import X509

/// The names and addresses clients use for the API server.
package struct ServingNames: Sendable, Equatable {
  package var names: [String]
  package var addresses: [IPAddress]

  /// - Parameters:
  ///   - hosts: names and addresses beyond the usual: what the server listens on, its host's name.
  ///   - serviceAddresses: the cluster IPs of the `kubernetes` Service.
  package init(hosts: [String], serviceAddresses: [IPAddress], clusterDomain: String) {
    names = [
      "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
      "kubernetes.default.svc." + clusterDomain,
    ]
    addresses = [IPAddress("127.0.0.1"), IPAddress("::1")].compactMap { $0 } + serviceAddresses
    for host in hosts where !host.isEmpty {
      if let address = IPAddress(host) {
        if !addresses.contains(address) { addresses.append(address) }
      } else if !names.contains(host) {
        names.append(host)
      }
    }
  }

  var alternativeNames: SubjectAlternativeNames {
    SubjectAlternativeNames(
      names.map { .dnsName($0) }
        + addresses.map { .ipAddress(ASN1OctetString(contentBytes: ArraySlice($0.bytes))) })
  }

  /// Whether a certificate holds for all of them.
  func areCovered(by certificate: Certificate) -> Bool {
    guard let names = try? certificate.extensions.subjectAlternativeNames else { return false }
    let present = Set(names)
    return alternativeNames.allSatisfy(present.contains)
  }
}
