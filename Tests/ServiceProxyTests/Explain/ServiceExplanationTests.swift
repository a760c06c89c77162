import KubernetesAPI
import Testing

@testable import ServiceProxy

struct ServiceExplanationTests {
  private func explain(
    _ service: Service, _ slices: EndpointSlice..., port: String? = nil, from: String? = nil
  ) -> [String]? {
    ServiceExplanation(
      service: service, slices: slices, node: ProxyNode(name: "here", zone: "a"),
      nodeAddresses: Set(["192.0.2.1"].compactMap { IPAddress($0) }),
      settings: TableSettings(podRanges: [CIDR("10.1.0.0/16")].compactMap { $0 })
    ).lines(port: port, from: from.flatMap { IPAddress($0) })
  }

  @Test func itSaysWhyEachEndpointIsInOrOut() {
    let lines = explain(
      Make.service(),
      Make.slice([
        Make.endpoint("10.1.0.1", node: "here"), Make.endpoint("10.1.0.2", ready: false),
      ]))
    #expect(
      lines == [
        "Service default/web, as node here serves it", "port 80/TCP",
        "  10.96.0.10:80/TCP: 1 endpoint, the source stays inside the cluster",
        "  in  10.1.0.1:8080: ready, on this node", "  out 10.1.0.2:8080: not ready",
      ])
  }

  @Test func itSaysWhatTheEndpointSees() {
    let slice = Make.slice([Make.endpoint("10.1.0.1", node: "here")])
    #expect(
      explain(Make.service(), slice, from: "198.51.100.7")?.contains(
        "    from 198.51.100.7: may reach 10.1.0.1:8080, which sees an address of the node")
        == true)
    #expect(
      explain(Make.service(), slice, from: "10.1.0.9")?.contains(
        "    from 10.1.0.9: may reach 10.1.0.1:8080, which sees 10.1.0.9") == true)
    #expect(
      explain(Make.service(), from: "10.1.0.9")?.contains(
        "    from 10.1.0.9: refused in chain reject") == true)
  }

  @Test func headlessServicesAndUnknownPortsAreToldApart() {
    #expect(explain(Make.service(ip: ["None"]))?.first?.contains("headless") == true)
    #expect(explain(Make.service(), port: "81") == nil)
    #expect(explain(Make.service(), port: "80") != nil)
  }
}
