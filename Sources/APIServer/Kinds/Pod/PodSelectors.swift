import JSONTree

/// Selectors that name labels whose values are those of the Pod itself get the values when the
/// Pod is made (`matchLabelKeys`, `mismatchLabelKeys`).
enum PodSelectors {
  static func mergeLabelKeys(_ pod: inout JSON) {
    let labels = pod.member("metadata").members("labels")
    guard !labels.isEmpty, var spec = pod["spec"] else { return }
    var isChanged = spec["topologySpreadConstraints"] != nil
    spec.updateEach("topologySpreadConstraints") { merge(labels, into: &$0) }
    if var affinity = spec["affinity"] {
      for kind in ["podAffinity", "podAntiAffinity"] {
        guard var rules = affinity[kind] else { continue }
        rules.updateEach("requiredDuringSchedulingIgnoredDuringExecution") {
          merge(labels, into: &$0)
        }
        rules.updateEach("preferredDuringSchedulingIgnoredDuringExecution") { preference in
          guard var term = preference["podAffinityTerm"] else { return }
          merge(labels, into: &term)
          preference["podAffinityTerm"] = term
        }
        affinity[kind] = rules
      }
      spec["affinity"] = affinity
      isChanged = true
    }
    if isChanged { pod["spec"] = spec }
  }

  private static func merge(_ labels: JSONObject, into term: inout JSON) {
    guard var selector = term["labelSelector"] else { return }
    var expressions = selector.items("matchExpressions")
    let count = expressions.count
    for (list, name) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
      for key in term.items(list) {
        guard let value = labels[key.string ?? ""] else { continue }
        expressions.append(["key": key, "operator": .string(name), "values": [value]])
      }
    }
    guard expressions.count > count else { return }
    selector["matchExpressions"] = .array(expressions)
    term["labelSelector"] = selector
  }
}
