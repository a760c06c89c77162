import KubernetesAPI
import Testing

@testable import ServiceProxy

struct ProxyConfigurationFileTests {
  private let head = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"

  @Test func theFileKubeadmWritesIsUnderstood() throws {
    let file = try ProxyConfigurationFile(
      yaml: head + """
        bindAddress: 0.0.0.0
        clientConnection: {kubeconfig: /var/lib/kube-proxy/kubeconfig.conf, qps: 0}
        clusterCIDR: 10.244.0.0/16,fd00:244::/56
        healthzBindAddress: ""
        hostnameOverride: node-1
        metricsBindAddress: 127.0.0.1:10249
        mode: nftables
        nftables: {masqueradeAll: true, masqueradeBit: 15, minSyncPeriod: 250ms}
        nodePortAddresses: [192.0.2.0/24]
        """)
    #expect(file.kubeconfig == "/var/lib/kube-proxy/kubeconfig.conf")
    #expect(file.hostnameOverride == "node-1")
    #expect(file.clusterCIDRs.map(\.description) == ["10.244.0.0/16", "fd00:244::/56"])
    #expect(file.nodePorts == .ranges([CIDR("192.0.2.0/24")].compactMap { $0 }))
    #expect(file.masqueradeBit == 1 << 15)
    #expect(file.masqueradeAll)
    #expect(file.minSyncPeriod == .milliseconds(250))
    #expect(file.remarks.isEmpty)
  }

  @Test(arguments: [
    ("kind: Pod", "KubeProxyConfiguration"),
    ("clusterCIDR: 10.0.0.0", "clusterCIDR"),
    ("nftables: {masqueradeBit: 32}", "masqueradeBit"),
    ("nftables: {minSyncPeriod: soon}", "minSyncPeriod"),
    ("detectLocalMode: Guess", "detectLocalMode"),
    ("a: [", "yaml"),
  ])
  func aBrokenFileIsRefusedWithItsReason(line: String, word: String) {
    let text = line.hasPrefix("kind") ? line : head + line
    let error = #expect(throws: ProxyConfigurationFile.ReadError.self) {
      try ProxyConfigurationFile(yaml: text)
    }
    #expect(error?.description.contains(word) == true)
  }

  @Test func unknownFieldsAndOtherModesAreRemarkedOn() throws {
    let file = try ProxyConfigurationFile(yaml: head + "mode: ipvs\nnonsense: 1\n")
    #expect(file.remarks.count == 2)
  }

  @Test func nodePortAddressesFollowThePolicy() throws {
    let all = Set(
      try ["127.0.0.1", "192.0.2.1", "192.0.2.2", "fe80::1", "2001:db8::1"].map(Make.address))
    let primary = NodePortPolicy.primary
    #expect(
      primary.addresses(of: all, internalAddresses: [try Make.address("192.0.2.2")])
        == [try Make.address("192.0.2.2")])
    #expect(primary.addresses(of: all, internalAddresses: []).count == 3)
    let range = try #require(try ProxyConfigurationFile.nodePorts(["192.0.2.0/31", "127.0.0.0/8"]))
    #expect(
      range.addresses(of: all, internalAddresses: []) == [try Make.address("192.0.2.1")])
  }
}
