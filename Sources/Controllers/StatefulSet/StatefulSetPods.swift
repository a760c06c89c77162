package import JSONTree
package import KubernetesAPI

/// The Pods and claims of a StatefulSet as they should be.
package struct StatefulSetPods {
  package let set: StatefulSet

  package init(_ set: StatefulSet) { self.set = set }

  /// - Parameter revision: of which the Pod is made.
  package func pod(_ ordinal: Int, of revision: ControllerRevision) -> JSON {
    let name = set.podName(ordinal)
    var labels = identity(ordinal)
    labels[ControllerRevision.hashLabel] = revision.metadata.name
    var pod = PodTemplate.pod(
      from: revision.template, owner: set, name: name, labels: labels)
    var spec = pod["spec"] ?? [:]
    spec["hostname"] = .string(name)
    spec["subdomain"] = JSON(nonEmpty: set.serviceName)
    let names = Set(claimNames.map { JSON.string($0) })
    var volumes = (spec["volumes"]?.array ?? []).filter { !names.contains($0["name"] ?? .null) }
    for template in claimNames {
      volumes.append([
        "name": .string(template),
        "persistentVolumeClaim": [
          "claimName": .string(set.claimName(template: template, ordinal: ordinal))
        ],
      ])
    }
    if !volumes.isEmpty { spec["volumes"] = .array(volumes) }
    pod["spec"] = spec
    return pod
  }

  /// Labels by which a Pod is told from its siblings.
  package func identity(_ ordinal: Int) -> [String: String] {
    [
      StatefulSet.podNameLabel: set.podName(ordinal),
      StatefulSet.podIndexLabel: String(ordinal),
    ]
  }

  private var claimNames: [String] {
    self.set.claimTemplates.compactMap { $0[path: "metadata", "name"]?.string }
  }

  /// The claims of a Pod, by the set's templates.
  package func claims(_ ordinal: Int) -> [PersistentVolumeClaim] {
    let selected = set.spec[path: "selector", "matchLabels"]?.stringMap ?? [:]
    return set.claimTemplates.compactMap { template in
      guard let name = template[path: "metadata", "name"]?.string else { return nil }
      let own = ObjectMeta(json: template["metadata"])
      let metadata = ObjectMeta(
        name: set.claimName(template: name, ordinal: ordinal),
        namespace: set.metadata.namespace,
        labels: own.labels.merging(selected) { $1 }, annotations: own.annotations)
      return PersistentVolumeClaim(metadata: metadata, spec: template["spec"] ?? [:])
    }
  }

  // MARK: What becomes of claims

  /// The owners a claim should have: by the set's policy, the set while the Pod is wanted, and the
  /// Pod once the set has shrunk by it.
  package func owners(
    of claim: PersistentVolumeClaim, pod: Pod?, isWanted: Bool
  ) -> [OwnerReference] {
    let bySet = OwnerReference(controller: set)
    var owners = claim.metadata.ownerReferences.filter { owner in
      owner.uid != set.metadata.uid && !(owner.kind == "Pod" && owner.name == podName(of: claim))
    }
    let goesWithPod = set.deletesClaimsWhenScaled && !isWanted
    if goesWithPod, let pod {
      owners.append(
        OwnerReference(
          apiVersion: "v1", kind: "Pod", name: pod.metadata.name, uid: pod.metadata.uid))
    } else if set.deletesClaimsWithSet, !goesWithPod {
      owners.append(bySet)
    }
    return owners
  }

  private func podName(of claim: PersistentVolumeClaim) -> String {
    let name = claim.metadata.name
    guard let range = claimNames.first(where: { name.hasPrefix($0 + "-" + set.metadata.name) })
    else { return "" }
    return String(name.dropFirst(range.count + 1))
  }
}
