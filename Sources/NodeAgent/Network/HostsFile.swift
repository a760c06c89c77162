import JSONTree
package import KubernetesAPI

/// The content of a Pod's `/etc/hosts`, as the kubelet writes it.
package enum HostsFile {
  private static let head = """
    # Kubernetes-managed hosts file.
    127.0.0.1\tlocalhost
    ::1\tlocalhost ip6-localhost ip6-loopback
    fe00::\tip6-localnet
    fe00::\tip6-mcastprefix
    fe00::1\tip6-allnodes
    fe00::2\tip6-allrouters

    """

  /// - Parameters:
  ///   - domain: the cluster's.
  ///   - host: the Node's own file, which a Pod on the Node's network begins with.
  package static func text(
    pod: AgentPod, addresses: [IPAddress], domain: String, host: String
  ) -> String {
    var text: String
    if pod.hostNetwork {
      text = "# Kubernetes-managed hosts file (host network).\n" + host
      if !text.hasSuffix("\n") { text += "\n" }
    } else {
      text = head
      let qualified = pod.qualifiedName(domain: domain)
      for address in addresses {
        text += "\(address)\t" + (qualified.map { "\($0)\t" } ?? "") + "\(pod.hostname)\n"
      }
    }
    let aliases = pod.spec["hostAliases"]?.array ?? []
    if !aliases.isEmpty {
      text += "\n# Entries added by HostAliases.\n"
      for alias in aliases {
        let names = (alias["hostnames"]?.strings ?? []).joined(separator: "\t")
        text += "\(alias["ip"]?.string ?? "")\t\(names)\n"
      }
    }
    return text
  }
}
