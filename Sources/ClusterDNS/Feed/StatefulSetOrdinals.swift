import JSONTree
import KubernetesAPI

/// What names need of an apps/v1 StatefulSet: which Pods it is going to have, and behind which
/// Service.
struct StatefulSetOrdinals: KubernetesObject {
  static let resource = ResourceType(
    group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", isNamespaced: true)

  var metadata: ObjectMeta
  var serviceName: String
  var replicas: Int
  var firstOrdinal: Int
  /// Labels its Pods are found by, and get.
  var templateLabels: [String: String]

  init(metadata: ObjectMeta, serviceName: String = "", replicas: Int = 1, firstOrdinal: Int = 0) {
    self.metadata = metadata
    self.serviceName = serviceName
    self.replicas = replicas
    self.firstOrdinal = firstOrdinal
    templateLabels = [:]
  }

  init(json: JSON) {
    metadata = ObjectMeta(json: json["metadata"])
    let spec = json["spec"]
    serviceName = spec?["serviceName"]?.string ?? ""
    replicas = spec?["replicas"]?.integer.flatMap { Int(exactly: $0) } ?? 1
    firstOrdinal =
      json[path: "spec", "ordinals", "start"]?.integer.flatMap { Int(exactly: $0) } ?? 0
    templateLabels = json[path: "spec", "template", "metadata", "labels"]?.stringMap ?? [:]
  }

  var json: JSON {
    envelope([
      (
        "spec",
        [
          "serviceName": .string(serviceName), "replicas": .integer(Int64(replicas)),
          "ordinals": ["start": .integer(Int64(firstOrdinal))],
          "template": ["metadata": ["labels": JSON(templateLabels)]],
        ]
      )
    ])
  }

  var expected: ExpectedSet {
    ExpectedSet(
      key: key, serviceName: serviceName, firstOrdinal: firstOrdinal, replicas: replicas)
  }
}
