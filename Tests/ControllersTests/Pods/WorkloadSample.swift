import JSONTree
import KubernetesAPI

/// Workloads and their Pods as tests need them.
enum WorkloadSample {
  static let now = Timestamp(seconds: 10_000)

  static func template(_ image: String = "one") -> JSON {
    [
      "metadata": ["labels": ["app": "web"]],
      "spec": ["containers": [["name": "main", "image": .string(image)]]],
    ]
  }

  static let selector: JSON = ["matchLabels": ["app": "web"]]

  static func metadata(_ name: String = "web") -> ObjectMeta {
    var metadata = ObjectMeta(name: name, namespace: "default")
    metadata.uid = "uid-\(name)"
    metadata.generation = 1
    metadata.creationTimestamp = Timestamp(seconds: 1000)
    return metadata
  }

  static func pod(
    _ name: String, ready: Bool = true, since: Int64 = 5000, labels: [String: String] = [:],
    node: String = "node-1"
  ) -> Pod {
    var pod = Pod(metadata: metadata(name))
    pod.metadata.labels = ["app": "web"].merging(labels) { $1 }
    pod.nodeName = node
    pod.phase = .running
    pod.isReady = ready
    pod.readyTransitionTime = Timestamp(seconds: since)
    return pod
  }

  static func leaving(_ pod: Pod) -> Pod {
    var pod = pod
    pod.metadata.deletionTimestamp = now
    return pod
  }
}
