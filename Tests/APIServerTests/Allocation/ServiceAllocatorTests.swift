import APIServer
import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

@Suite struct ServiceAllocatorTests {
  private func service(_ name: String, _ spec: JSON = [:]) -> JSON {
    var spec = spec
    if spec["ports"] == nil { spec["ports"] = [["port": 80]] }
    return ["metadata": ["name": .string(name)], "spec": spec]
  }

  private func keys(_ store: any ObjectStore) async throws -> [String] {
    var keys: [String] = []
    for prefix in ["/registry/ipaddresses/", "/rollcall/nodeports/"] {
      let page = try await store.list(prefix: prefix, startingAt: nil, limit: 0, at: nil)
      keys += page.objects.map(\.key)
    }
    return keys
  }

  @Test func `an address is held by an IPAddress as a kube-apiserver makes it`() async throws {
    let plane = KindPlane.services(try ServiceNetwork())
    _ = try await plane.create(service("web", ["clusterIP": "10.96.0.10"]))
    let stored = try #require(await plane.store.get("/registry/ipaddresses/10.96.0.10"))
    #expect(
      try JSON(parsing: stored.value) == [
        "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress",
        "metadata": [
          "creationTimestamp": "2026-01-01T00:00:00Z",
          "labels": [
            "ipaddress.kubernetes.io/ip-family": "IPv4",
            "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
          ],
          "name": "10.96.0.10", "uid": "00000000-0000-0000-0000-000000000002",
        ],
        "spec": [
          "parentRef": ["name": "web", "namespace": "default", "resource": "services"]
        ],
      ])
  }

  @Test func `a Service and what it is allocated are written in one transaction`() async throws {
    let plane = KindPlane.services(try ServiceNetwork(serviceCIDR: "10.96.0.0/24,fd00::/112"))
    let before = try await plane.store.currentRevision()
    _ = try await plane.create(
      service(
        "web",
        [
          "type": "LoadBalancer", "externalTrafficPolicy": "Local",
          "ipFamilyPolicy": "RequireDualStack",
        ]))
    #expect(try await plane.store.currentRevision() == before.next)
    #expect(try await keys(plane.store).count == 4)
    try await plane.delete("web")
    #expect(try await plane.store.currentRevision() == before.next.next)
    #expect(try await keys(plane.store).isEmpty)
  }

  @Test(arguments: [1, 3])
  func `creators at the same time never share an address or a port`(servers: Int) async throws {
    let network = try ServiceNetwork(
      serviceCIDR: "10.96.0.0/24", nodePortRange: "30000-30299")
    let store = MemoryStore()
    let planes = (0..<servers).map { _ in KindPlane.services(network, store: store) }
    let count = 240
    let made = try await withThrowingTaskGroup(of: JSON.self) { group in
      for number in 0..<count {
        let plane = planes[number % servers]
        let body = service("web-\(number)", ["type": "NodePort"])
        group.addTask { try await plane.create(body) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let addresses = Set(made.map { $0.member("spec").text("clusterIP") })
    let ports = Set(made.map { $0.member("spec").items("ports")[0].number("nodePort") })
    #expect(addresses.count == count)
    #expect(ports.count == count)
    #expect(try await keys(store).count == 2 * count)
  }

  @Test func `one of several who ask for an address at the same time gets it`() async throws {
    let network = try ServiceNetwork()
    let store = MemoryStore()
    let planes = (0..<2).map { _ in KindPlane.services(network, store: store) }
    let won = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<20 {
        let plane = planes[number % 2]
        let body = service("web-\(number)", ["clusterIP": "10.96.0.10"])
        group.addTask { (try? await plane.create(body)) != nil }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(won == 1)
    let error = await #expect(throws: APIStatus.self) {
      try await planes[0].create(service("late", ["clusterIP": "10.96.0.10"]))
    }
    #expect(
      error?.message == "Service \"late\" is invalid: spec.clusterIPs: Invalid value: "
        + "[\"10.96.0.10\"]: failed to allocate IP 10.96.0.10: provided IP is already allocated")
  }

  @Test func `a full range is an internal error, and ends with the first deletion`() async throws {
    let plane = KindPlane.services(
      try ServiceNetwork(serviceCIDR: "10.96.0.0/29", nodePortRange: "30000-30003"))
    for number in 0..<6 { _ = try await plane.create(service("web-\(number)")) }
    let full = await #expect(throws: APIStatus.self) {
      try await plane.create(service("more"))
    }
    #expect(full?.code == 500)
    #expect(
      full?.message == "Internal error occurred: failed to allocate a serviceIP for Service "
        + "\"more\": range is full")
    try await plane.delete("web-3")
    let next = try await plane.create(service("more"))
    #expect(next.member("spec").text("clusterIP").hasPrefix("10.96.0."))

    for number in 0..<4 {
      _ = try await plane.merge(["spec": ["type": "NodePort"]], into: "web-\([0, 1, 2, 4][number])")
    }
    let noPort = await #expect(throws: APIStatus.self) {
      try await plane.merge(["spec": ["type": "NodePort"]], into: "web-5")
    }
    #expect(
      noPort?.message == "Internal error occurred: failed to allocate a nodePort: range is full")
    let noCheck = await #expect(throws: APIStatus.self) {
      try await plane.merge(
        [
          "spec": [
            "type": "LoadBalancer", "allocateLoadBalancerNodePorts": false,
            "externalTrafficPolicy": "Local",
          ]
        ], into: "web-5")
    }
    #expect(
      noCheck?.message == "Internal error occurred: failed to allocate a HealthCheck NodePort 0: "
        + "range is full")
  }

  @Test func `a write that fails gives back what was set aside for it`() async throws {
    let plane = KindPlane.services(try ServiceNetwork(serviceCIDR: "10.96.0.0/29"))
    for number in 0..<20 {
      // Found wrong only after the address was chosen.
      await #expect(throws: APIStatus.self) {
        try await plane.create(service("web-\(number)", ["sessionAffinity": "Cookie"]))
      }
      // Found wrong while the ports are allocated.
      await #expect(throws: APIStatus.self) {
        try await plane.create(
          service("web-\(number)", ["type": "NodePort", "ports": [["port": 1, "nodePort": 1]]]))
      }
    }
    #expect(try await keys(plane.store).isEmpty)
    for number in 0..<6 { _ = try await plane.create(service("web-\(number)")) }
  }

  @Test func `a dry run answers as if and allocates nothing`() async throws {
    let plane = KindPlane.services(try ServiceNetwork(serviceCIDR: "10.96.0.0/29"))
    _ = try await plane.create(service("taken", ["clusterIP": "10.96.0.2"]))
    let revision = try await plane.store.currentRevision()
    for _ in 0..<20 {
      let object = try await plane.create(
        service(
          "web",
          [
            "type": "NodePort",
            "ports": [["name": "a", "port": 80], ["name": "b", "port": 81]],
          ]), dryRun: true)
      let spec = object.member("spec")
      #expect(spec.text("clusterIP") != "10.96.0.2")
      #expect(Set(spec.items("ports").map { $0.number("nodePort") }).subtracting([0]).count == 2)
      await #expect(throws: APIStatus.self) {
        try await plane.create(service("web", ["clusterIP": "10.96.0.2"]), dryRun: true)
      }
      _ = try await plane.merge(
        ["spec": ["type": "ExternalName", "externalName": "a.example"]], into: "taken",
        dryRun: true)
    }
    try await plane.delete("taken", dryRun: true)
    #expect(try await plane.store.currentRevision() == revision)
    for number in 0..<5 { _ = try await plane.create(service("web-\(number)")) }
  }

  @Test func `unasked addresses come from the upper band first`() async throws {
    let plane = KindPlane.services(
      try ServiceNetwork(serviceCIDR: "10.96.0.0/27"), random: { _ in 0 })
    var addresses: [String] = []
    for number in 0..<30 {
      addresses.append(
        try await plane.create(service("web-\(number)")).member("spec").text("clusterIP"))
    }
    #expect(addresses == (Array(17...30) + Array(1...16)).map { "10.96.0.\($0)" })
  }

  @Test func `a Service takes its Endpoints along, unless someone holds them`() async throws {
    let plane = KindPlane.services(try ServiceNetwork())
    for (name, finalizers) in [("free", []), ("held", ["example.com/hold"])] as [(String, JSON)] {
      _ = try await plane.create(service(name))
      let endpoints: JSON = ["metadata": ["name": .string(name), "finalizers": finalizers]]
      _ = try await plane.store.commit(
        StoreTransaction(writes: [
          .put(key: "/registry/services/endpoints/default/\(name)", value: endpoints.encoded())
        ]))
      try await plane.delete(name)
    }
    #expect(try await plane.store.get("/registry/services/endpoints/default/free") == nil)
    #expect(try await plane.store.get("/registry/services/endpoints/default/held") != nil)
  }

  @Test func `an address in another spelling is the same address`() async throws {
    let plane = KindPlane.services(
      try ServiceNetwork(serviceCIDR: "10.96.0.0/24,fd00:10:96::/112"))
    _ = try await plane.create(service("web", ["clusterIP": "FD00:10:96::AB"]))
    let error = await #expect(throws: APIStatus.self) {
      try await plane.create(service("other", ["clusterIP": "fd00:10:96:0:0::ab"]))
    }
    #expect(error?.message.hasSuffix("provided IP is already allocated") == true)
    try await plane.delete("web")
    _ = try await plane.create(service("other", ["clusterIP": "fd00:10:96:0:0::ab"]))
  }

  @Test func `numbers an ExternalName carries were never its own`() async throws {
    let plane = KindPlane.services(try ServiceNetwork())
    let ports: JSON = [["port": 80, "nodePort": 30100]]
    _ = try await plane.create(service("owner", ["type": "NodePort", "ports": ports]))
    _ = try await plane.create(
      service("alias", ["type": "ExternalName", "externalName": "a.example", "ports": ports]))
    await #expect(throws: APIStatus.self) {
      try await plane.merge(["spec": ["type": "NodePort"]], into: "alias")
    }
    try await plane.delete("alias")
    #expect(try await plane.store.get("/rollcall/nodeports/30100") != nil)
  }

  @Test func `an update that takes the last finalizer releases what was stored`() async throws {
    let plane = KindPlane.services(try ServiceNetwork())
    let other = try await plane.create(
      service("other", ["type": "NodePort", "ports": [["port": 80, "nodePort": 30100]]]))
    let stored = try await plane.create(
      service("web", ["type": "NodePort", "ports": [["port": 80, "nodePort": 30101]]]))
    var leaving = stored
    // A client that does not know the address, and names a port that is not its own.
    leaving["spec"] = ["type": "NodePort", "ports": [["port": 80]]]
    var write = PendingWrite(operation: .delete, object: leaving, old: stored, isDryRun: false)
    try await plane.hook?.prepare(&write)
    #expect(write.conditions.isEmpty)
    let address = stored.member("spec").text("clusterIP")
    #expect(
      write.writes == [
        .delete(key: "/registry/ipaddresses/\(address)"),
        .delete(key: "/rollcall/nodeports/30101"),
      ])
    #expect(write.object.member("spec").text("clusterIP") == address)
    leaving["spec"] = ["type": "NodePort", "ports": other.member("spec")["ports"] ?? []]
    var wrong = PendingWrite(operation: .delete, object: leaving, old: stored, isDryRun: false)
    await #expect(throws: APIStatus.self) { try await plane.hook?.prepare(&wrong) }
  }
}
