package import JSONTree
package import KubernetesAPI

/// discovery.k8s.io/v1 EndpointSlice.
package struct EndpointSliceKind: KindDefinition {
  /// Who makes slices with addresses that need no warnings, by their label.
  static let managedBy = "endpointslice.kubernetes.io/managed-by"
  static let controllers: Set<String> = [
    "endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io",
  ]

  package init() {}

  package var resource: ResourceType { EndpointSlice.resource }
  package var schema: ObjectSchema { .endpointSlice }
  package var storagePrefix: String { "/registry/endpointslices" }
  package var countsGenerations: Bool { true }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  /// Lists that are not there are empty: a kube-apiserver shows them as null, which clients that
  /// hold them for required cannot read.
  package func setDefaults(_ object: inout JSON) {
    if object["ports"] == nil { object["ports"] = [] }
    object["endpoints"] = .array(
      object.items("endpoints").map { endpoint in
        guard endpoint["conditions"] == nil else { return endpoint }
        var endpoint = endpoint
        endpoint["conditions"] = [:]
        return endpoint
      })
  }

  package func prepareForCreate(_ object: inout JSON) {
    object.setGeneration(1)
    dropTopology(of: &object, old: nil)
  }

  /// The generation counts what readers of slices go by, labels included.
  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    let members = ["addressType", "endpoints", "ports"]
    let labels = [object, old].map { $0.member("metadata").member("labels") }
    let isChanged =
      members.contains { !object.member($0).says(theSameAs: old.member($0)) }
      || !labels[0].says(theSameAs: labels[1])
    if isChanged { object.setGeneration(old.member("metadata").number("generation") + 1) }
    dropTopology(of: &object, old: old)
  }

  /// `deprecatedTopology` cannot be written; slices of older servers keep theirs until their
  /// endpoints change, and then the node it names.
  private func dropTopology(of object: inout JSON, old: JSON?) {
    let endpoints = object.member("endpoints")
    if let old, endpoints.says(theSameAs: old.member("endpoints")) { return }
    let label = "kubernetes.io/hostname"
    let known = Set(
      old?.items("endpoints").map { $0.member("deprecatedTopology").text(label) } ?? [])
    object["endpoints"] = .array(
      object.items("endpoints").map { endpoint in
        guard let topology = endpoint["deprecatedTopology"] else { return endpoint }
        var endpoint = endpoint
        let node = topology.text(label)
        if endpoint["nodeName"] == nil, known.contains(node), !node.isEmpty,
          Format.dns1123Subdomain(node).isEmpty
        {
          endpoint["nodeName"] = .string(node)
        }
        endpoint["deprecatedTopology"] = nil
        return endpoint
      })
  }

  package func warnings(_ object: JSON, old: JSON?) -> [String] {
    var warnings: [String] = []
    if old == nil, object.text("addressType") == "FQDN" {
      warnings.append("spec.addressType: FQDN endpoints are deprecated")
    }
    let maker = object.member("metadata").member("labels").text(Self.managedBy)
    if Self.controllers.contains(maker) { return warnings }
    for (index, endpoint) in object.items("endpoints").enumerated() {
      for (position, address) in endpoint.items("addresses").enumerated() {
        let path = FieldPath("endpoints").index(index).child("addresses").index(position)
        warnings += addressWarnings(address.string ?? "", at: path)
      }
    }
    return warnings
  }

  // MARK: Printing

  package var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("AddressType", "Type of all addresses of the slice."),
      PrinterColumn("Ports", "Ports that every endpoint has."),
      PrinterColumn("Endpoints", "Addresses of the endpoints, whatever their conditions."), .age,
    ]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let ports = object.items("ports").map { port in
      port["port"]?.integer.map(String.init) ?? port["name"]?.string ?? "*"
    }
    let addresses = object.items("endpoints").flatMap {
      $0.items("addresses").map { $0.string ?? "" }
    }
    return [
      object.nameCell, .string(object.text("addressType")), .string(Self.list(ports)),
      .string(Self.list(addresses)), object.ageCell(now: now),
    ]
  }

  /// The first three, and how many more there are.
  private static func list(_ values: [String]) -> String {
    let list = values.prefix(3).joined(separator: ",")
    if values.count > 3 { return "\(list) + \(values.count - 3) more..." }
    return list.orIfEmpty("<unset>")
  }
}

extension JSON {
  fileprivate mutating func setGeneration(_ number: Int64) {
    var metadata = self["metadata"] ?? [:]
    metadata["generation"] = .integer(number)
    self["metadata"] = metadata
  }
}
