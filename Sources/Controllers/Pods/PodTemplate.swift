package import JSONTree
package import KubernetesAPI

/// Makes Pods from the templates of workloads.
package enum PodTemplate {
  /// A Pod that belongs to a workload.
  ///
  /// - Parameters:
  ///   - template: a core/v1 PodTemplateSpec.
  ///   - name: of the Pod; nil to have the server make one up behind the owner's.
  package static func pod(
    from template: JSON, owner: some Workload, name: String? = nil, labels: [String: String] = [:]
  ) -> JSON {
    var metadata = JSONObject()
    for member in ["annotations", "labels", "finalizers"] {
      metadata[member] = template[path: "metadata", member]
    }
    var allLabels = metadata["labels"]?.object ?? [:]
    for (key, value) in labels { allLabels[key] = .string(value) }
    if !allLabels.isEmpty { metadata["labels"] = .object(allLabels) }
    metadata["namespace"] = .string(owner.metadata.namespace)
    if let name {
      metadata["name"] = .string(name)
    } else {
      metadata["generateName"] = .string(owner.metadata.name + "-")
    }
    metadata["ownerReferences"] = [OwnerReference(controller: owner).json]
    return [
      "apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata),
      "spec": template["spec"] ?? [:],
    ]
  }

  /// A short name for a template: equal templates have equal names, and as good as no others.
  ///
  /// - Parameter collisions: how often the name was taken by another template.
  package static func hash(_ template: JSON, collisions: Int) -> String {
    var hash: UInt32 = 2_166_136_261
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    }
    add(template.encoded())
    if collisions > 0 { add(String(collisions).utf8) }
    // Without vowels and what looks like them, so that no words come about.
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    return String(String(hash).utf8.map { letters[Int($0) % letters.count] })
  }
}
