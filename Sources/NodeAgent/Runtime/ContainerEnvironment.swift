import JSONTree
import KubernetesAPI

/// The environment of a container, in the order and with the precedence the kubelet has.
struct ContainerEnvironment: Sendable {
  let pod: AgentPod
  let container: ContainerDefinition
  let objects: ReferencedObjects
  let downward: DownwardAPI
  /// Services whose variables the container gets.
  let services: [Service]

  /// `NAME=value`, sorted by nothing: later ones were set later.
  ///
  /// - Throws: `PodProblem` with the message of CreateContainerConfigError.
  func resolve() async throws -> [(name: String, value: String)] {
    var values: [String: String] = [:]
    var order: [String] = []
    func set(_ name: String, _ value: String) {
      if values.updateValue(value, forKey: name) == nil { order.append(name) }
    }
    let isService = Self.variables(of: services)
    for (name, value) in isService { set(name, value) }
    for source in container.json["envFrom"]?.array ?? [] {
      let prefix = source["prefix"]?.string ?? ""
      for (resource, field) in [
        (ReferencedObjects.configMaps, "configMapRef"), (ReferencedObjects.secrets, "secretRef"),
      ] {
        guard let reference = source[field] else { continue }
        let entries = try await objects.entries(
          resource, reference["name"]?.string ?? "",
          isOptional: reference["optional"]?.bool ?? false)
        for (key, bytes) in (entries ?? [:]).sorted(by: { $0.key < $1.key }) {
          set(prefix + key, String(decoding: bytes, as: UTF8.self))
        }
      }
    }
    for variable in container.json["env"]?.array ?? [] {
      guard let name = variable["name"]?.string else { continue }
      if let source = variable["valueFrom"] {
        if let value = try await value(source) { set(name, value) }
      } else {
        set(name, Self.expand(variable["value"]?.string ?? "", values))
      }
    }
    return order.map { ($0, values[$0] ?? "") }
  }

  private func value(_ source: JSON) async throws -> String? {
    if let field = source["fieldRef"]?["fieldPath"]?.string { return try downward.field(field) }
    if let reference = source["resourceFieldRef"] {
      return try downward.resource(reference, container: container)
    }
    for (resource, field) in [
      (ReferencedObjects.configMaps, "configMapKeyRef"),
      (ReferencedObjects.secrets, "secretKeyRef"),
    ] {
      guard let reference = source[field] else { continue }
      let isOptional = reference["optional"]?.bool ?? false
      let name = reference["name"]?.string ?? ""
      let key = reference["key"]?.string ?? ""
      let entries = try await objects.entries(resource, name, isOptional: isOptional)
      if let bytes = entries?[key] { return String(decoding: bytes, as: UTF8.self) }
      if isOptional { return nil }
      throw PodProblem(
        description: "couldn't find key \(key) in \(resource.kind) "
          + "\(pod.metadata.namespace)/\(name)")
    }
    return nil
  }

  /// Replaces `$(NAME)`; `$$` stands for `$`, and a name nobody set stays as it is written.
  static func expand(_ text: String, _ values: [String: String]) -> String {
    var result = ""
    var rest = Substring(text)
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      if rest.first == "$" {
        result += "$"
        rest = rest.dropFirst()
      } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        result += values[name] ?? "$(\(name))"
        rest = rest[rest.index(after: end)...]
      } else {
        result += "$"
      }
    }
    return result + rest
  }

  /// The variables of Services, as Kubernetes took them over from Docker links.
  static func variables(of services: [Service]) -> [(String, String)] {
    var variables: [(String, String)] = []
    for service in services.sorted(by: { $0.metadata.name < $1.metadata.name }) {
      guard let address = service.clusterIPs.first, address != Service.headlessClusterIP,
        !address.isEmpty, let first = service.ports.first
      else { continue }
      let name = service.metadata.name.uppercased().replacing("-", with: "_")
      let host = address.contains(":") ? "[\(address)]" : address
      variables.append(("\(name)_SERVICE_HOST", address))
      variables.append(("\(name)_SERVICE_PORT", "\(first.port)"))
      for port in service.ports where !port.name.isEmpty {
        let suffix = port.name.uppercased().replacing("-", with: "_")
        variables.append(("\(name)_SERVICE_PORT_\(suffix)", "\(port.port)"))
      }
      for (index, port) in service.ports.enumerated() {
        let scheme = port.transport.rawValue.lowercased()
        let url = "\(scheme)://\(host):\(port.port)"
        if index == 0 { variables.append(("\(name)_PORT", url)) }
        let prefix = "\(name)_PORT_\(port.port)_\(port.transport.rawValue)"
        variables.append((prefix, url))
        variables.append((prefix + "_PROTO", scheme))
        variables.append((prefix + "_PORT", "\(port.port)"))
        variables.append((prefix + "_ADDR", address))
      }
    }
    return variables
  }
}
