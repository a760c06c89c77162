import JSONTree

/// Workloads as people write them.
enum WorkloadSample {
  static let template: JSON = [
    "metadata": ["labels": ["app": "web"]],
    "spec": ["containers": [["name": "main", "image": "none"]]],
  ]

  static let selector: JSON = ["matchLabels": ["app": "web"]]

  static func workload(_ members: JSONObject = [:]) -> JSON {
    var spec: JSONObject = ["selector": selector, "template": template]
    for member in members { spec[member.key] = member.value == .null ? nil : member.value }
    return ["metadata": ["name": "web", "namespace": "default"], "spec": .object(spec)]
  }
}
