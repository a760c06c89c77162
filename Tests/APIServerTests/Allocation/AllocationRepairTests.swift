import APIServer
import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

@Suite struct AllocationRepairTests {
  private func put(_ store: any ObjectStore, _ key: String, _ value: JSON) async throws {
    _ = try await store.commit(
      StoreTransaction(writes: [.put(key: key, value: value.encoded())]))
  }

  private func service(_ name: String, _ spec: JSON) -> JSON {
    ["metadata": ["name": .string(name), "namespace": "default"], "spec": spec]
  }

  private func address(of name: String, managed: Bool = true) -> JSON {
    [
      "metadata": [
        "labels": managed ? ["ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"] : [:]
      ],
      "spec": [
        "parentRef": [
          "resource": "services", "namespace": "default", "name": .string(name),
        ]
      ],
    ]
  }

  private func fixture() async throws -> (KindPlane, ServiceAllocator) {
    let plane = KindPlane.services(try ServiceNetwork(serviceCIDR: "10.96.0.0/24"))
    return (plane, try #require(plane.allocator))
  }

  @Test func `a store of our own needs no repair`() async throws {
    let (plane, allocator) = try await fixture()
    for type in ["ClusterIP", "NodePort", "LoadBalancer"] {
      _ = try await plane.create([
        "metadata": ["name": .string(type.lowercased())],
        "spec": [
          "type": .string(type), "ports": [["port": 80]],
          "externalTrafficPolicy": type == "ClusterIP" ? .null : "Local",
        ],
      ])
    }
    let revision = try await plane.store.currentRevision()
    #expect(try await allocator.reconcile().isEmpty)
    #expect(try await plane.store.currentRevision() == revision)
  }

  @Test func `missing keys are added, leaks removed, wrong owners corrected`() async throws {
    let (plane, allocator) = try await fixture()
    let store = plane.store
    try await put(
      store, plane.key("web"),
      service(
        "web",
        [
          "type": "NodePort", "clusterIP": "10.96.0.20", "clusterIPs": ["10.96.0.20"],
          "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
          "ports": [["port": 80, "nodePort": 30005]],
        ]))
    try await put(
      store, plane.key("other"),
      service(
        "other",
        [
          "type": "ClusterIP", "clusterIP": "10.96.0.21", "clusterIPs": ["10.96.0.21"],
          "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
        ]))
    try await put(store, "/registry/ipaddresses/10.96.0.21", address(of: "gone"))
    try await put(store, "/registry/ipaddresses/10.96.0.22", address(of: "gone"))
    try await put(store, "/registry/ipaddresses/10.96.0.23", address(of: "gone", managed: false))
    try await put(
      store, "/rollcall/nodeports/30006",
      ["service": ["namespace": "default", "name": "gone"]])
    let repairs = try await allocator.reconcile()
    var expected = ServiceAllocator.Repairs()
    expected.added = [
      .address(try #require(IPAddress("10.96.0.20"))), .nodePort(30005),
    ]
    expected.removed = [.address(try #require(IPAddress("10.96.0.22"))), .nodePort(30006)]
    expected.corrected = [.address(try #require(IPAddress("10.96.0.21")))]
    #expect(repairs == expected)
    // Someone else's IPAddress is neither removed nor given out.
    await #expect(throws: APIStatus.self) {
      try await plane.create([
        "metadata": ["name": "x"],
        "spec": ["clusterIP": "10.96.0.23", "ports": [["port": 80]]],
      ])
    }
    #expect(try await allocator.reconcile().isEmpty)
  }

  @Test func `the oldest of two Services keeps a contested address`() async throws {
    let (plane, allocator) = try await fixture()
    let spec: JSON = [
      "type": "ClusterIP", "clusterIP": "10.96.0.20", "clusterIPs": ["10.96.0.20"],
      "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack",
    ]
    try await put(plane.store, plane.key("z-first"), service("z-first", spec))
    try await put(plane.store, plane.key("a-second"), service("a-second", spec))
    let repairs = try await allocator.reconcile()
    let key = AllocationKey.address(try #require(IPAddress("10.96.0.20")))
    #expect(repairs.contested == [key])
    let stored = try #require(await plane.store.get(key.storeKey))
    let parent = try JSON(parsing: stored.value).member("spec").member("parentRef")
    #expect(parent.text("name") == "z-first")
  }

  @Test func `nothing is removed while a Service cannot be read`() async throws {
    let (plane, allocator) = try await fixture()
    _ = try await plane.store.commit(
      StoreTransaction(writes: [.put(key: plane.key("web"), value: [0x6B, 0x38, 0x73, 0])]))
    try await put(plane.store, "/registry/ipaddresses/10.96.0.22", address(of: "web"))
    #expect(try await allocator.reconcile().isEmpty)
    #expect(try await plane.store.get("/registry/ipaddresses/10.96.0.22") != nil)
  }

  @Test(arguments: [
    (
      #"{"type":"ClusterIP","clusterIP":"10.96.0.20"}"#,
      #"{"clusterIP":"10.96.0.20","clusterIPs":["10.96.0.20"],"ipFamilies":["IPv4"],"#
        + #""ipFamilyPolicy":"SingleStack","type":"ClusterIP"}"#
    ),
    (
      #"{"type":"ClusterIP","clusterIP":"None"}"#,
      #"{"clusterIP":"None","clusterIPs":["None"],"ipFamilies":["IPv4","IPv6"],"#
        + #""ipFamilyPolicy":"RequireDualStack","type":"ClusterIP"}"#
    ),
    (
      #"{"type":"ClusterIP","clusterIP":"None","selector":{"a":"b"}}"#,
      #"{"clusterIP":"None","clusterIPs":["None"],"ipFamilies":["IPv4"],"#
        + #""ipFamilyPolicy":"SingleStack","selector":{"a":"b"},"type":"ClusterIP"}"#
    ),
    (
      #"{"type":"ExternalName","externalName":"a.example","internalTrafficPolicy":"Cluster"}"#,
      #"{"externalName":"a.example","type":"ExternalName"}"#
    ),
  ])
  func `a Service of an older server is completed`(old: String, new: String) async throws {
    let (plane, allocator) = try await fixture()
    try await put(plane.store, plane.key("web"), service("web", JSON(parsing: old)))
    let repairs = try await allocator.reconcile()
    #expect(repairs.completed == [ObjectKey(namespace: "default", name: "web")])
    #expect(try await plane.read("web").member("spec").text == new)
    #expect(try await allocator.reconcile().isEmpty)
  }
}
