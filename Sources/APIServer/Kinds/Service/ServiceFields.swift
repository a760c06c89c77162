package import JSONTree

/// A Service's members by their names, read as Go's types read them (what is absent is the zero
/// value) and written back so that a zero value is absent.
package struct ServiceFields: Sendable {
  package var metadata: JSON
  package var spec: JSON
  package var status: JSON

  package init(_ object: JSON) {
    metadata = object["metadata"] ?? [:]
    spec = object["spec"] ?? [:]
    status = object["status"] ?? [:]
  }

  /// Puts spec and status back; the metadata is only read.
  package func write(to object: inout JSON) {
    object["spec"] = spec
    object["status"] = status
  }

  // MARK: Metadata

  package var name: String { metadata.text("name") }
  package var namespace: String { metadata.text("namespace") }
  package func annotation(_ key: String) -> String? {
    metadata.member("annotations")[key]?.string
  }

  // MARK: Spec

  package var type: String { spec.text("type") }

  package var clusterIP: String {
    get { spec.text("clusterIP") }
    set { spec["clusterIP"] = newValue.isEmpty ? nil : .string(newValue) }
  }

  package var clusterIPs: [String] {
    get { strings("clusterIPs") }
    set { set("clusterIPs", newValue) }
  }

  package var ipFamilies: [String] {
    get { strings("ipFamilies") }
    set { set("ipFamilies", newValue) }
  }

  package var ipFamilyPolicy: String? {
    get { spec["ipFamilyPolicy"]?.string }
    set { spec["ipFamilyPolicy"] = newValue.map { .string($0) } }
  }

  package var ports: [JSON] {
    get { spec.items("ports") }
    set { spec["ports"] = newValue.isEmpty ? nil : .array(newValue) }
  }

  package var hasSelector: Bool { !spec.members("selector").isEmpty }
  package var externalIPs: [String] { strings("externalIPs") }
  package var sessionAffinity: String { spec.text("sessionAffinity") }
  package var externalTrafficPolicy: String { spec.text("externalTrafficPolicy") }
  package var allocatesLoadBalancerNodePorts: Bool? {
    spec["allocateLoadBalancerNodePorts"]?.bool
  }
  package var loadBalancerClass: String? { spec["loadBalancerClass"]?.string }
  package var loadBalancerSourceRanges: [String] { strings("loadBalancerSourceRanges") }

  package var healthCheckNodePort: Int64 {
    get { spec.number("healthCheckNodePort") }
    set { spec["healthCheckNodePort"] = newValue == 0 ? nil : .integer(newValue) }
  }

  /// The node port of each port, 0 where it has none.
  package var nodePorts: [Int64] { ports.map { $0.number("nodePort") } }

  package mutating func setNodePort(_ number: Int64, at index: Int) {
    var list = ports
    list[index]["nodePort"] = number == 0 ? nil : .integer(number)
    ports = list
  }

  private func strings(_ key: String) -> [String] { spec.items(key).map { $0.string ?? "" } }

  private mutating func set(_ key: String, _ values: [String]) {
    spec[key] = values.isEmpty ? nil : .array(values.map { .string($0) })
  }
}

// MARK: - What follows from the members

extension ServiceFields {
  package enum ServiceType {
    static let clusterIP = "ClusterIP"
    static let nodePort = "NodePort"
    static let loadBalancer = "LoadBalancer"
    static let externalName = "ExternalName"
  }

  /// The value of `clusterIP` that makes a Service headless.
  static let headless = "None"

  package var isExternalName: Bool { type == ServiceType.externalName }
  package var isLoadBalancer: Bool { type == ServiceType.loadBalancer }

  /// Whether the list of addresses says that there is to be none.
  package var isHeadless: Bool { clusterIPs == [Self.headless] }

  /// Whether clients outside of the cluster may come in, so that `externalTrafficPolicy` counts.
  package var isExternallyAccessible: Bool {
    isLoadBalancer || type == ServiceType.nodePort
      || (type == ServiceType.clusterIP && !externalIPs.isEmpty)
  }

  /// Whether a load balancer asks each Node if it has endpoints, on a port of its own.
  package var needsHealthCheckNodePort: Bool {
    isLoadBalancer && externalTrafficPolicy == "Local"
  }

  /// Whether the type may have node ports at all.
  package var mayHaveNodePorts: Bool { isLoadBalancer || type == ServiceType.nodePort }

  /// Whether ports without a node port get one.
  package var getsNodePorts: Bool {
    type == ServiceType.nodePort || (isLoadBalancer && allocatesLoadBalancerNodePorts != false)
  }
}
