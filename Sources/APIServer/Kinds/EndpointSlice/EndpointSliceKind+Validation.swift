package import JSONTree
import KubernetesAPI

extension EndpointSliceKind {
  /// What one slice may hold.
  enum Limit {
    static let endpoints = 1000
    static let addresses = 100
    static let ports = 20000
    static let hints = 8
  }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    validate(object, old: nil)
  }

  package func validateUpdate(
    _ object: JSON, old: JSON, subresource: Subresource?
  ) -> [FieldError] {
    var checks = FieldChecks()
    checks.add(validate(object, old: old))
    checks.immutable(
      .string(object.text("addressType")), old: .string(old.text("addressType")),
      at: FieldPath("addressType"))
    return checks.errors
  }

  private func validate(_ object: JSON, old: JSON?) -> [FieldError] {
    var checks = FieldChecks()
    let type = object.text("addressType")
    if type.isEmpty {
      checks.required(FieldPath("addressType"))
    } else {
      checks.oneOf(["FQDN", "IPv4", "IPv6"], type, at: FieldPath("addressType"))
    }
    checks.slicePorts(object.items("ports"), at: FieldPath("ports"))
    var endpoints = FieldChecks()
    endpoints.sliceEndpoints(object.items("endpoints"), type, at: FieldPath("endpoints"))
    // What is stored was right when it was written, and may stay.
    if endpoints.isEmpty { return checks.errors }
    if let old, object.member("endpoints").says(theSameAs: old.member("endpoints")) {
      return checks.errors
    }
    checks.add(endpoints.errors)
    return checks.errors
  }
}

extension FieldChecks {
  fileprivate mutating func slicePorts(_ ports: [JSON], at path: FieldPath) {
    if ports.count > EndpointSliceKind.Limit.ports {
      return add(
        .tooMany(path, count: ports.count, maximum: EndpointSliceKind.Limit.ports))
    }
    var names: Set<String> = []
    for (index, port) in ports.enumerated() {
      let path = path.index(index)
      let name = port.text("name")
      if !name.isEmpty { format(name, at: path.child("name"), Format.dns1123Label) }
      if !names.insert(name).inserted { duplicate(path.child("name"), .string(name)) }
      oneOf(["SCTP", "TCP", "UDP"], port.text("protocol"), at: path.child("protocol"))
      if let appProtocol = port["appProtocol"]?.string {
        format(appProtocol, at: path.child("appProtocol"), Format.qualifiedName)
      }
    }
  }

  fileprivate mutating func sliceEndpoints(
    _ endpoints: [JSON], _ type: String, at path: FieldPath
  ) {
    if endpoints.count > EndpointSliceKind.Limit.endpoints {
      return add(
        .tooMany(path, count: endpoints.count, maximum: EndpointSliceKind.Limit.endpoints))
    }
    for (index, endpoint) in endpoints.enumerated() {
      sliceEndpoint(endpoint, type, at: path.index(index))
    }
  }

  private mutating func sliceEndpoint(_ endpoint: JSON, _ type: String, at path: FieldPath) {
    let addresses = endpoint.items("addresses")
    let addressesPath = path.child("addresses")
    if addresses.isEmpty {
      required(addressesPath, "must contain at least 1 address")
    } else if addresses.count > EndpointSliceKind.Limit.addresses {
      add(
        .tooMany(
          addressesPath, count: addresses.count, maximum: EndpointSliceKind.Limit.addresses))
    }
    for (index, address) in addresses.enumerated() {
      let text = address.string ?? ""
      switch type {
      case "IPv4": sliceAddress(text, .v4, Format.legacyIP, index, of: addressesPath)
      case "IPv6": sliceAddress(text, .v6, Format.ip, index, of: addressesPath)
      case "FQDN": fullyQualifiedName(text, at: addressesPath.index(index))
      default: break  // The type itself is wrong, and said to be.
      }
    }
    if let node = endpoint["nodeName"]?.string {
      format(node, at: path.child("nodeName"), Format.dns1123Subdomain)
    }
    if let hostname = endpoint["hostname"]?.string {
      format(hostname, at: path.child("hostname"), Format.dns1123Label)
    }
    if let hints = endpoint["hints"] { endpointHints(hints, at: path.child("hints")) }
  }

  private mutating func sliceAddress(
    _ text: String, _ family: IPAddress.Family, _ rule: Format.Rule, _ index: Int,
    of path: FieldPath
  ) {
    let problems = rule(text)
    if !problems.isEmpty { return format(text, at: path.index(index)) { _ in problems } }
    if IPAddress.family(ofSpelling: text) != family {
      // Kubernetes points at the list here.
      invalid(path, .string(text), "must be an \(family.rawValue) address")
    }
    format(text, at: path.index(index), Format.endpointIP)
  }

  private mutating func fullyQualifiedName(_ text: String, at path: FieldPath) {
    if text.isEmpty { return required(path) }
    let name = text.hasSuffix(".") ? String(text.dropLast()) : text
    let problems = Format.dns1123Subdomain(name)
    if !problems.isEmpty {
      return invalid(path, .string(name), problems.joined(separator: ","))
    }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    if labels.count < 2 {
      return invalid(
        path, .string(name),
        "should be a domain with at least two segments separated by dots")
    }
    for label in labels {
      let problems = Format.dns1123Label(label)
      if !problems.isEmpty {
        return invalid(path, .string(label), problems.joined(separator: ","))
      }
    }
  }

  private mutating func endpointHints(_ hints: JSON, at path: FieldPath) {
    let isWhole = hintedNames(hints, "forZones", Format.labelValue, at: path)
    if isWhole { _ = hintedNames(hints, "forNodes", Format.dns1123Subdomain, at: path) }
  }

  /// - Returns: whether there were few enough to look at them, and to go on.
  private mutating func hintedNames(
    _ hints: JSON, _ list: String, _ rule: (String) -> [String], at path: FieldPath
  ) -> Bool {
    let path = path.child(list)
    let names = hints.items(list).map { $0.text("name") }
    if names.count > EndpointSliceKind.Limit.hints {
      add(.tooMany(path, count: names.count, maximum: EndpointSliceKind.Limit.hints))
      return false
    }
    var seen: Set<String> = []
    for (index, name) in names.enumerated() {
      let path = path.index(index).child("name")
      if !seen.insert(name).inserted { duplicate(path, .string(name)) }
      format(name, at: path, rule)
    }
    return true
  }
}
