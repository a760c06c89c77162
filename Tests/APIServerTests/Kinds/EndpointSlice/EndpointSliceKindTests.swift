import APIServer
import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

@Suite struct EndpointSliceKindTests {
  private let plane = KindPlane(kind: EndpointSliceKind(), hook: nil, store: MemoryStore())

  @Test(arguments: try RecordedCase.load("endpointslices"))
  func `slices are completed or refused as in Kubernetes`(
    recorded: RecordedCase
  ) async throws { try await recorded.run(on: plane) }

  @Test func `lists that are not given are empty, not null`() async throws {
    let object = try await plane.create([
      "metadata": ["name": "web"], "addressType": "IPv4", "endpoints": .null,
    ])
    #expect(object.object?["endpoints"] == [])
    #expect(object.object?["ports"] == [])
  }

  @Test func `a slice holds 1000 endpoints and 20000 ports`() {
    func slice(_ endpoints: Int, _ ports: Int) -> JSON {
      [
        "addressType": "IPv4",
        "endpoints": .array(
          Array(repeating: ["addresses": ["10.0.0.1"]], count: endpoints)),
        "ports": .array(
          (0..<ports).map { ["name": .string("p\($0)"), "port": 1, "protocol": "TCP"] }),
      ]
    }
    #expect(plane.kind.validateCreate(slice(1000, 20000)).isEmpty)
    #expect(
      plane.kind.validateCreate(slice(1001, 20001)).map(\.description) == [
        "ports: Too many: 20001: must have at most 20000 items",
        "endpoints: Too many: 1001: must have at most 1000 items",
      ])
  }

  @Test func `topology of an older server stays until the endpoints change`() {
    let old: JSON = [
      "endpoints": [
        ["addresses": ["10.0.0.1"], "deprecatedTopology": ["kubernetes.io/hostname": "node-1"]]
      ]
    ]
    var same = old
    plane.kind.prepareForUpdate(&same, old: old, subresource: nil)
    #expect(same["endpoints"] == old["endpoints"])
    var changed = old
    changed["endpoints"] = .array(
      old.items("endpoints") + [
        ["addresses": ["10.0.0.2"], "deprecatedTopology": ["kubernetes.io/hostname": "node-2"]]
      ])
    plane.kind.prepareForUpdate(&changed, old: old, subresource: nil)
    #expect(
      changed["endpoints"] == [
        ["addresses": ["10.0.0.1"], "nodeName": "node-1"], ["addresses": ["10.0.0.2"]],
      ])
  }

  @Test(arguments: [
    (#"{"endpoints":[],"ports":[]}"#, "<unset>", "<unset>"),
    (
      #"{"endpoints":[{"addresses":["10.0.0.1","10.0.0.2"]},{"addresses":["10.0.0.3"]}],"#
        + #""ports":[{"name":"http","port":80},{"name":"x"}]}"#,
      "80,x", "10.0.0.1,10.0.0.2,10.0.0.3"
    ),
    (
      #"{"endpoints":[{"addresses":["a.b","c.d","e.f","g.h"]},{"addresses":["i.j"]}],"#
        + #""ports":[{"port":1},{"port":2},{"port":3},{"port":4}]}"#,
      "1,2,3 + 1 more...", "a.b,c.d,e.f + 2 more..."
    ),
  ])
  func `a row lists three of each and counts the others`(
    text: String, ports: String, endpoints: String
  ) throws {
    var object = try JSON(parsing: text)
    object["addressType"] = "IPv4"
    object["metadata"] = ["name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"]
    let now = Timestamp(seconds: 1_767_225_600 + 90)
    #expect(
      plane.kind.cells(of: object, now: now)
        == ["web", "IPv4", .string(ports), .string(endpoints), "90s"])
    #expect(
      plane.kind.columns.map(\.name) == ["Name", "AddressType", "Ports", "Endpoints", "Age"])
  }
}
