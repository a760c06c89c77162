import KubernetesAPI
import Testing

@testable import rollcall

struct StatusTableTests {
  private func table() -> StatusTable {
    var table = StatusTable(clusterDomain: "cluster.local")
    var service = Service(metadata: ObjectMeta(name: "openldap", namespace: "default"))
    service.clusterIPs = ["None"]
    service.ports = [Service.Port(port: 389)]
    table.set(service)
    var ready = EndpointSlice.Endpoint(addresses: ["10.0.0.1"], ready: true)
    ready.targetRef = ObjectReference(kind: "Pod", namespace: "default", name: "a", uid: "1")
    var notReady = EndpointSlice.Endpoint(addresses: ["10.0.0.2"], ready: false)
    notReady.targetRef = ObjectReference(kind: "Pod", namespace: "default", name: "b", uid: "2")
    for (name, type, addresses) in [
      ("v4", EndpointSlice.AddressType.ipv4, ["10.0.0.1", "10.0.0.2"]),
      ("v6", .ipv6, ["fd00::1", "fd00::2"]),
    ] {
      ready.addresses = [addresses[0]]
      notReady.addresses = [addresses[1]]
      table.set(
        EndpointSlice(
          metadata: ObjectMeta(
            name: name, namespace: "default",
            labels: [EndpointSlice.serviceNameLabel: "openldap"]),
          addressType: type, endpoints: [ready, notReady]))
    }
    return table
  }

  @Test func aDualStackPodCountsOnce() {
    #expect(
      table().rows == [
        StatusTable.Row(
          service: ObjectKey(namespace: "default", name: "openldap"), type: "ClusterIP",
          address: "None", ports: "389/TCP", ready: 1, notReady: 1,
          name: "openldap.default.svc.cluster.local")
      ])
  }

  @Test func linesFitTheTerminal() {
    var table = table()
    for number in 0..<20 {
      table.set(Service(metadata: ObjectMeta(name: "s\(number)", namespace: "other")))
    }
    let lines = table.lines(width: 60, height: 10)
    #expect(lines.count == 10)
    #expect(lines.allSatisfy { $0.count <= 60 })
    #expect(lines.last == "… and 13 more")
    #expect(table.lines(width: 200, height: 50).count == 22)
    table.removeService(ObjectKey(namespace: "default", name: "openldap"))
    #expect(table.rows.count == 20)
  }
}
