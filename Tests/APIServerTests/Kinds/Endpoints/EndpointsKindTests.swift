import APIServer
import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

@Suite struct EndpointsKindTests {
  private let plane = KindPlane(kind: EndpointsKind(), hook: nil, store: MemoryStore())

  @Test(arguments: try RecordedCase.load("endpoints"))
  func `Endpoints are completed or refused as in Kubernetes`(
    recorded: RecordedCase
  ) async throws { try await recorded.run(on: plane) }

  @Test func `stored subsets that rules of today refuse may stay`() async throws {
    let old: JSON = ["subsets": [["addresses": [["ip": "010.1.2.3"]]]]]
    var new = old
    #expect(plane.kind.validateUpdate(new, old: old, subresource: nil).isEmpty)
    new["subsets"] = [["addresses": [["ip": "010.1.2.3"], ["ip": "10.1.2.4"]]]]
    #expect(plane.kind.validateUpdate(new, old: old, subresource: nil).count == 1)
    #expect(
      plane.kind.warnings(new, old: old) == [
        "subsets[0].addresses[0].ip: non-standard IP address \"010.1.2.3\" is invalid: use "
          + "\"10.1.2.3\""
      ])
  }

  @Test(arguments: [
    ("[]", "<none>"),
    (#"[{"notReadyAddresses":[{"ip":"10.0.0.1"}],"ports":[{"port":80}]}]"#, ""),
    (#"[{"addresses":[{"ip":"10.0.0.1"},{"ip":"2001:db8::1"}]}]"#, "10.0.0.1,2001:db8::1"),
    (
      #"[{"addresses":[{"ip":"10.0.0.1"},{"ip":"2001:db8::1"}],"ports":[{"port":80}]}]"#,
      "10.0.0.1:80,[2001:db8::1]:80"
    ),
    (
      #"[{"addresses":[{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}],"#
        + #""ports":[{"port":80},{"port":443},{"port":1}]},{"addresses":[{"ip":"10.0.0.3"}]}]"#,
      "10.0.0.1:80,10.0.0.2:80,10.0.0.1:443 + 4 more..."
    ),
  ])
  func `a row lists three endpoints and counts the others`(subsets: String, cell: String) throws {
    let object: JSON = [
      "metadata": ["name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"],
      "subsets": try JSON(parsing: subsets),
    ]
    let now = Timestamp(seconds: 1_767_225_600 + 90)
    #expect(plane.kind.cells(of: object, now: now) == ["web", .string(cell), "90s"])
    #expect(plane.kind.columns.map(\.name) == ["Name", "Endpoints", "Age"])
  }
}
