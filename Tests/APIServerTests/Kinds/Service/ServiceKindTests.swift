import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct ServiceKindTests {
  private let kind = ServiceKind()
  private let now = Timestamp(seconds: 1_767_225_600 + 90)

  private func row(_ spec: String, status: String = "{}") throws -> [String] {
    let object: JSON = [
      "metadata": ["name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"],
      "spec": try JSON(parsing: spec), "status": try JSON(parsing: status),
    ]
    return kind.cells(of: object, now: now).compactMap(\.string)
  }

  @Test(arguments: [
    (
      #"{"type":"ClusterIP","clusterIPs":["10.96.0.1","fd00::1"],"#
        + #""ports":[{"port":80,"protocol":"TCP"},{"port":53,"protocol":"UDP"}]}"#,
      ["web", "ClusterIP", "10.96.0.1", "<none>", "80/TCP,53/UDP", "90s", "<none>"]
    ),
    (
      #"{"type":"ClusterIP","clusterIPs":["None"],"selector":{"b":"2","a":"1"}}"#,
      ["web", "ClusterIP", "None", "<none>", "<none>", "90s", "a=1,b=2"]
    ),
    (
      #"{"type":"NodePort","clusterIPs":["10.96.0.1"],"externalIPs":["192.0.2.1","192.0.2.2"],"#
        + #""ports":[{"port":80,"nodePort":30080,"protocol":"TCP"}]}"#,
      [
        "web", "NodePort", "10.96.0.1", "192.0.2.1,192.0.2.2", "80:30080/TCP", "90s", "<none>",
      ]
    ),
    (
      #"{"type":"ExternalName","externalName":"a.example"}"#,
      ["web", "ExternalName", "<none>", "a.example", "<none>", "90s", "<none>"]
    ),
  ])
  func `a row shows what kubectl shows`(spec: String, cells: [String]) throws {
    #expect(try row(spec) == cells)
  }

  @Test(arguments: [
    ("[]", "[]", "<pending>"),
    (
      #"[{"ip":"192.0.2.2","hostname":"x"},{"hostname":"lb.example"}]"#, "[]",
      "192.0.2.2,lb.example"
    ),
    (#"[{"ip":"b"},{"ip":"a"},{"ip":"b"}]"#, #"["192.0.2.9"]"#, "a,b,192.0.2.9"),
    ("[]", #"["192.0.2.9"]"#, "192.0.2.9"),
    (
      #"[{"hostname":"a-load-balancer-with-a-long-name.example"}]"#, "[]",
      "a-load-balancer-with-a-long-name.example"
    ),
  ])
  func `the external address of a load balancer is its own, or pending`(
    ingress: String, external: String, cell: String
  ) throws {
    let cells = try row(
      #"{"type":"LoadBalancer","externalIPs":\#(external)}"#,
      status: #"{"loadBalancer":{"ingress":\#(ingress)}}"#)
    #expect(cells[3] == cell)
  }

  @Test func `columns are those of Kubernetes`() {
    #expect(
      kind.columns.map(\.name) == [
        "Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector",
      ])
    #expect(kind.columns.map(\.priority) == [0, 0, 0, 0, 0, 0, 1])
  }

  @Test func `Services are selected by address and type`() {
    let object: JSON = ["spec": ["clusterIP": "None", "type": "ClusterIP"]]
    #expect(kind.selectableFields == ["spec.clusterIP", "spec.type"])
    #expect(kind.selectableField("spec.clusterIP", of: object) == "None")
    #expect(kind.selectableField("spec.type", of: object) == "ClusterIP")
    #expect(kind.selectableField("spec.type", of: [:]) == "")
  }

  @Test func `values that rules of today refuse may stay`() throws {
    let old: JSON = [
      "spec": [
        "type": "LoadBalancer", "clusterIP": "010.96.0.1", "clusterIPs": ["010.96.0.1"],
        "externalIPs": ["192.0.2.001"], "loadBalancerSourceRanges": [" 192.0.2.1/24 "],
        "ports": [["port": 80, "protocol": "TCP", "targetPort": 80]], "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Cluster",
        "allocateLoadBalancerNodePorts": true,
      ],
      "status": ["loadBalancer": ["ingress": [["ip": "192.0.2.009", "ipMode": "VIP"]]]],
    ]
    #expect(kind.validateUpdate(old, old: old, subresource: nil).isEmpty)
    #expect(kind.validateUpdate(old, old: old, subresource: .status).isEmpty)
    #expect(
      kind.warnings(old, old: old, subresource: nil) == [
        "spec.clusterIPs[0]: non-standard IP address \"010.96.0.1\" is invalid: use "
          + "\"10.96.0.1\"",
        "spec.externalIPs[0]: non-standard IP address \"192.0.2.001\" is invalid: use "
          + "\"192.0.2.1\"",
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
      ])
    #expect(kind.validateCreate(old).count == 3)
  }
}
