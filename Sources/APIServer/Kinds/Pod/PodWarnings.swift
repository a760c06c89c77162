import JSONTree

/// Sentences for the author of a new Pod that is valid but may surprise.
struct PodWarnings {
  private var warnings: [String] = []
  /// Ports seen so far, and where.
  private var ports: [JSON: FieldPath] = [:]
  private var portNames: [String: FieldPath] = [:]

  static func ofNew(_ pod: JSON) -> [String] {
    var result = PodWarnings()
    let problems = Format.dns1123Label(pod.member("metadata").text("name"))
    if !problems.isEmpty {
      result.warnings.append(
        "metadata.name: this is used in the Pod's hostname, which can result in surprising "
          + "behavior; a DNS label is recommended: [\(problems.joined(separator: " "))]")
    }
    for list in ["initContainers", "containers"] {
      for (index, container) in pod.member("spec").items(list).enumerated() {
        let path = FieldPath("spec").child(list).index(index)
        result.look(atVariablesOf: container, path.child("env"))
        result.look(atPortsOf: container, path.child("ports"))
      }
    }
    return result.warnings
  }

  private mutating func look(atVariablesOf container: JSON, _ path: FieldPath) {
    var names: Set<String> = []
    for (index, variable) in container.items("env").enumerated() {
      let name = variable.text("name")
      guard !names.insert(name).inserted else { continue }
      // A variable made from its own earlier value is how a path is extended.
      let reference = "$(\(name))"
      let value = variable.text("value")
      if variable["valueFrom"] != nil || value == reference || !value.contains(reference) {
        warnings.append(
          "\(path.index(index)): hides previous definition of \"\(name)\", which may be dropped "
            + "when using apply")
      }
    }
  }

  private mutating func look(atPortsOf container: JSON, _ path: FieldPath) {
    for (index, port) in container.items("ports").enumerated() {
      let path = path.index(index)
      let key: JSON = [
        "port": .integer(port.number("containerPort")), "protocol": .string(port.text("protocol")),
        "hostPort": .integer(port.number("hostPort")), "hostIP": .string(port.text("hostIP")),
      ]
      if let first = ports[key] {
        warnings.append("\(path): duplicate port definition with \(first)")
      } else {
        ports[key] = path
      }
      let name = port.text("name")
      if name.isEmpty { continue }
      if let first = portNames[name] {
        warnings.append(
          "\(path): duplicate port name \"\(name)\" with \(first), services and probes that select "
            + "ports by name will use \(first)")
      } else {
        portNames[name] = path
      }
    }
  }
}
