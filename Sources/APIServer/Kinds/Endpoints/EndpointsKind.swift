package import JSONTree
package import KubernetesAPI

/// core/v1 Endpoints: the older API of what EndpointSlices are for.
package struct EndpointsKind: KindDefinition {
  /// Who says by this label that it made the object needs no warnings about its addresses.
  static let managedBy = (label: "endpoints.kubernetes.io/managed-by", value: "endpoint-controller")

  package init() {}

  package var resource: ResourceType { Endpoints.resource }
  package var schema: ObjectSchema { .endpoints }
  package var singular: String { "endpoints" }
  package var shortNames: [String] { ["ep"] }
  package var storagePrefix: String { "/registry/services/endpoints" }
  package var allowsCreateOnUpdate: Bool { true }
  package var deprecationWarning: String? {
    "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func setDefaults(_ object: inout JSON) {
    guard let subsets = object["subsets"]?.array else { return }
    object["subsets"] = .array(
      subsets.map { subset in
        guard let ports = subset["ports"]?.array else { return subset }
        var subset = subset
        subset["ports"] = .array(
          ports.map { port in
            guard port["protocol"] == nil else { return port }
            var port = port
            port["protocol"] = "TCP"
            return port
          })
        return subset
      })
  }

  // MARK: Validation

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    for (index, subset) in object.items("subsets").enumerated() {
      checks.endpointSubset(subset, at: FieldPath("subsets").index(index))
    }
    return checks.errors
  }

  /// What is stored was right when it was written, and may stay.
  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    let errors = validateCreate(object)
    let isSame = errors.isEmpty || object.member("subsets").says(theSameAs: old.member("subsets"))
    return isSame ? [] : errors
  }

  package func warnings(_ object: JSON, old: JSON?) -> [String] {
    let labels = object.member("metadata").member("labels")
    guard labels.text(Self.managedBy.label) != Self.managedBy.value else { return [] }
    var warnings: [String] = []
    for (index, subset) in object.items("subsets").enumerated() {
      for list in ["addresses", "notReadyAddresses"] {
        for (position, address) in subset.items(list).enumerated() {
          let path = FieldPath("subsets").index(index).child(list).index(position).child("ip")
          warnings += addressWarnings(address.text("ip"), at: path)
        }
      }
    }
    return warnings
  }

  // MARK: Printing

  /// How many endpoints a row lists before it only counts.
  static let printedEndpoints = 3

  package var columns: [PrinterColumn] {
    [.name, PrinterColumn("Endpoints", "Addresses that take connections, with ports."), .age]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [object.nameCell, .string(Self.endpoints(of: object)), object.ageCell(now: now)]
  }

  private static func endpoints(of object: JSON) -> String {
    let subsets = object.items("subsets")
    if subsets.isEmpty { return "<none>" }
    var shown: [String] = []
    var count = 0
    for subset in subsets {
      let addresses = subset.items("addresses").map { $0.text("ip") }
      let ports = subset.items("ports").map { ":\($0.number("port"))" }
      for port in ports.isEmpty ? [""] : ports {
        count += addresses.count
        for address in addresses.prefix(printedEndpoints - shown.count) {
          let isBracketed = !port.isEmpty && address.contains(":")
          shown.append((isBracketed ? "[\(address)]" : address) + port)
        }
      }
    }
    let list = shown.joined(separator: ",")
    return count > shown.count ? "\(list) + \(count - shown.count) more..." : list
  }
}

extension FieldChecks {
  fileprivate mutating func endpointSubset(_ subset: JSON, at path: FieldPath) {
    if subset.items("addresses").isEmpty, subset.items("notReadyAddresses").isEmpty {
      required(path, "must specify `addresses` or `notReadyAddresses`")
    }
    for list in ["addresses", "notReadyAddresses"] {
      for (index, address) in subset.items(list).enumerated() {
        endpointAddress(address, at: path.child(list).index(index))
      }
    }
    let ports = subset.items("ports")
    for (index, port) in ports.enumerated() {
      endpointPort(port, needsName: ports.count > 1, at: path.child("ports").index(index))
    }
  }

  private mutating func endpointAddress(_ address: JSON, at path: FieldPath) {
    let text = address.text("ip")
    format(text, at: path.child("ip"), Format.legacyIP)
    let hostname = address.text("hostname")
    if !hostname.isEmpty { format(hostname, at: path.child("hostname"), Format.dns1123Label) }
    if let node = address["nodeName"]?.string {
      format(node, at: path.child("nodeName"), Format.dns1123Subdomain)
    }
    format(text, at: path.child("ip"), Format.endpointIP)
  }

  private mutating func endpointPort(_ port: JSON, needsName: Bool, at path: FieldPath) {
    let name = port.text("name")
    if !name.isEmpty {
      format(name, at: path.child("name"), Format.dns1123Label)
    } else if needsName {
      required(path.child("name"))
    }
    format(port.number("port"), at: path.child("port"), Format.port)
    transportProtocol(port.text("protocol"), at: path.child("protocol"))
    if let appProtocol = port["appProtocol"]?.string {
      format(appProtocol, at: path.child("appProtocol"), Format.qualifiedName)
    }
  }
}
