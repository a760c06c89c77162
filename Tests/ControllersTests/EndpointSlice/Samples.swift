import KubernetesAPI

/// Objects as tests need them.
enum Sample {
  static let selector = ["app": "web"]

  static func service(
    _ name: String = "web", families: [IPAddress.Family] = [.v4],
    ports: [Service.Port] = [Service.Port(name: "http", port: 80, targetPort: .integer(8080))]
  ) -> Service {
    var service = Service(metadata: ObjectMeta(name: name, namespace: "default"))
    service.metadata.uid = "uid-\(name)"
    service.metadata.creationTimestamp = Timestamp(seconds: 1000)
    service.selector = selector
    service.ports = ports
    service.ipFamilies = families
    service.clusterIPs = families.map { $0 == .v4 ? "10.96.0.10" : "fd00::10" }
    return service
  }

  static func headless(_ name: String = "web") -> Service {
    var service = service(name)
    service.clusterIPs = [Service.headlessClusterIP]
    return service
  }

  static func pod(
    _ name: String, ip: String? = nil, ready: Bool = true, node: String = "node-1"
  ) -> Pod {
    var pod = Pod(metadata: ObjectMeta(name: name, namespace: "default", labels: selector))
    pod.metadata.uid = "uid-\(name)"
    pod.nodeName = node
    pod.phase = .running
    pod.isReady = ready
    pod.podIPs = ip.map { [$0] } ?? []
    return pod
  }

  /// Pods `p0`, `p1`, … with addresses 10.0.x.y.
  static func pods(_ numbers: some Sequence<Int>) -> [Pod] {
    numbers.map { pod("p\($0)", ip: "10.0.\($0 / 250).\($0 % 250 + 1)") }
  }

  static func node(_ name: String, zone: String? = nil) -> Node {
    var node = Node(metadata: ObjectMeta(name: name))
    node.metadata.labels[Node.zoneLabel] = zone
    return node
  }
}
