import JSONTree
import KubernetesAPI
import Testing

@testable import NodeAgent

struct PodFilesTests {
  private let host = ResolverFile(
    parsing:
      "# of the host\ndomain old\nsearch example.org lan\nnameserver 192.0.2.1\noptions rotate\n")

  private func pod(_ spec: JSON) -> AgentPod {
    AgentPod(json: [
      "metadata": ["name": "web-0", "namespace": "shop", "uid": "u"], "spec": spec,
    ])
  }

  private func text(_ spec: JSON) -> String {
    ResolverFile(
      pod: pod(spec), host: host, domain: "cluster.local", servers: [.v4(0x0A60_000A)]
    ).text
  }

  private let cluster = """
    search shop.svc.cluster.local svc.cluster.local cluster.local example.org lan
    nameserver 10.96.0.10
    options ndots:5

    """
  private let plain = """
    search example.org lan
    nameserver 192.0.2.1
    options rotate

    """

  @Test func everyPolicyHasItsFile() {
    #expect(text([:]) == cluster)
    #expect(text(["dnsPolicy": "ClusterFirst"]) == cluster)
    #expect(text(["dnsPolicy": "ClusterFirst", "hostNetwork": true]) == plain)
    #expect(text(["dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": true]) == cluster)
    #expect(text(["dnsPolicy": "Default"]) == plain)
    #expect(
      text(["dnsPolicy": "None", "dnsConfig": ["nameservers": ["1.1.1.1"]]])
        == "nameserver 1.1.1.1\n")
  }

  @Test func dnsConfigIsMerged() {
    let text = text([
      "dnsConfig": [
        "nameservers": ["1.1.1.1", "10.96.0.10"], "searches": ["extra.test", "cluster.local"],
        "options": [["name": "ndots", "value": "2"], ["name": "edns0"]],
      ]
    ])
    #expect(
      text == """
        search shop.svc.cluster.local svc.cluster.local cluster.local example.org lan extra.test
        nameserver 10.96.0.10
        nameserver 1.1.1.1
        options ndots:2 edns0

        """)
  }

  @Test func hostsNamesThePodAndItsAliases() {
    let text = HostsFile.text(
      pod: pod([
        "subdomain": "web", "hostname": "zero",
        "hostAliases": [["ip": "10.1.2.3", "hostnames": ["foo.remote", "bar"]]],
      ]), addresses: [.v4(0x0AF4_0002)], domain: "cluster.local", host: "")
    #expect(text.contains("10.244.0.2\tzero.web.shop.svc.cluster.local\tzero\n"))
    #expect(text.hasSuffix("# Entries added by HostAliases.\n10.1.2.3\tfoo.remote\tbar\n"))
    #expect(text.hasPrefix("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"))
    let onHost = HostsFile.text(
      pod: pod(["hostNetwork": true]), addresses: [], domain: "cluster.local",
      host: "127.0.0.1 me")
    #expect(onHost == "# Kubernetes-managed hosts file (host network).\n127.0.0.1 me\n")
  }

  @Test func aHostnameIsCutToWhatAHostMayHave() {
    let long = String(repeating: "a", count: 62) + "-b"
    let pod = AgentPod(json: ["metadata": ["name": .string(long)]])
    #expect(pod.hostname == String(repeating: "a", count: 62))
  }
}
