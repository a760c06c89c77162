import JSONTree

extension FieldChecks {
  /// The rules of a Role or a ClusterRole.
  mutating func policyRules(of object: JSON, isNamespaced: Bool) {
    for (index, rule) in object.items("rules").enumerated() {
      policyRule(rule, isNamespaced: isNamespaced, at: FieldPath("rules").index(index))
    }
  }

  private mutating func policyRule(_ rule: JSON, isNamespaced: Bool, at path: FieldPath) {
    if rule.items("verbs").isEmpty {
      required(path.child("verbs"), "verbs must contain at least one value")
    }
    let urls = rule.items("nonResourceURLs")
    guard urls.isEmpty else {
      let path = path.child("nonResourceURLs")
      if isNamespaced {
        invalid(path, .array(urls), "namespaced rules cannot apply to non-resource URLs")
      }
      let ofResources = ["apiGroups", "resources", "resourceNames"]
      if ofResources.contains(where: { !rule.items($0).isEmpty }) {
        invalid(
          path, .array(urls), "rules cannot apply to both regular resources and non-resource URLs")
      }
      return
    }
    if rule.items("apiGroups").isEmpty {
      required(path.child("apiGroups"), "resource rules must supply at least one api group")
    }
    if rule.items("resources").isEmpty {
      required(path.child("resources"), "resource rules must supply at least one resource")
    }
  }
}
