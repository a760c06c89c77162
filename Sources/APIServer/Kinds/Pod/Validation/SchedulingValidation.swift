import JSONTree

extension FieldChecks {
  // MARK: Affinity

  mutating func affinity(_ affinity: JSON, at path: FieldPath) {
    if let rules = affinity["nodeAffinity"] {
      nodeAffinity(rules, at: path.child("nodeAffinity"))
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
      guard let rules = affinity[kind] else { continue }
      let path = path.child(kind)
      let required = "requiredDuringSchedulingIgnoredDuringExecution"
      for (index, term) in rules.items(required).enumerated() {
        podAffinityTerm(term, at: path.child(required).index(index))
      }
      let preferred = "preferredDuringSchedulingIgnoredDuringExecution"
      for (index, preference) in rules.items(preferred).enumerated() {
        let path = path.child(preferred).index(index)
        weight(preference, at: path)
        podAffinityTerm(preference.member("podAffinityTerm"), at: path.child("podAffinityTerm"))
      }
    }
  }

  private mutating func weight(_ preference: JSON, at path: FieldPath) {
    let weight = preference.number("weight")
    if !(1...100).contains(weight) {
      invalid(path.child("weight"), .integer(weight), "must be in the range 1-100")
    }
  }

  private mutating func nodeAffinity(_ rules: JSON, at path: FieldPath) {
    let required = "requiredDuringSchedulingIgnoredDuringExecution"
    if let selector = rules[required] {
      let path = path.child(required, "nodeSelectorTerms")
      let terms = selector.items("nodeSelectorTerms")
      if terms.isEmpty { self.required(path, "must have at least one node selector term") }
      for (index, term) in terms.enumerated() {
        nodeSelectorTerm(term, checksValues: true, at: path.index(index))
      }
    }
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution"
    for (index, preference) in rules.items(preferred).enumerated() {
      let path = path.child(preferred).index(index)
      weight(preference, at: path)
      nodeSelectorTerm(
        preference.member("preference"), checksValues: false, at: path.child("preference"))
    }
  }

  /// One term of a node selector; values of labels are checked where new ones come in.
  mutating func nodeSelectorTerm(_ term: JSON, checksValues: Bool, at path: FieldPath) {
    for (index, requirement) in term.items("matchExpressions").enumerated() {
      nodeRequirement(
        requirement, checksValues: checksValues,
        at: path.child("matchExpressions").index(index))
    }
    for (index, requirement) in term.items("matchFields").enumerated() {
      nodeField(requirement, at: path.child("matchFields").index(index))
    }
  }

  private mutating func nodeRequirement(
    _ requirement: JSON, checksValues: Bool, at path: FieldPath
  ) {
    let values = requirement.items("values").map { $0.string ?? "" }
    let path = path
    switch requirement.text("operator") {
    case "In", "NotIn":
      if values.isEmpty {
        required(
          path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'")
      }
    case "Exists", "DoesNotExist":
      if !values.isEmpty {
        forbidden(
          path.child("values"),
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
      }
    case "Gt", "Lt":
      if values.count != 1 {
        required(
          path.child("values"),
          "must be specified single value when `operator` is 'Lt' or 'Gt'")
      }
    case let other:
      invalid(path.child("operator"), .string(other), "not a valid selector operator")
    }
    labelKey(requirement.text("key"), at: path.child("key"))
    guard checksValues else { return }
    for (index, value) in values.enumerated() {
      format(value, at: path.child("values").index(index), Format.labelValue)
    }
  }

  private mutating func nodeField(_ requirement: JSON, at path: FieldPath) {
    let values = requirement.items("values").map { $0.string ?? "" }
    let name = requirement.text("operator")
    if name != "In", name != "NotIn" {
      invalid(path.child("operator"), .string(name), "not a valid selector operator")
    } else if values.count != 1 {
      required(
        path.child("values"),
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector")
    }
    guard requirement.text("key") == "metadata.name" else {
      return invalid(
        path.child("key"), .string(requirement.text("key")), "not a valid field selector key")
    }
    for (index, value) in values.enumerated() {
      format(value, at: path.child("values").index(index), Format.dns1123Subdomain)
    }
  }

  private mutating func podAffinityTerm(_ term: JSON, at path: FieldPath) {
    labelSelector(term.member("labelSelector"), at: path.child("labelSelector"))
    labelSelector(term.member("namespaceSelector"), at: path.child("namespaceSelector"))
    for namespace in term.items("namespaces") {
      format(namespace.string ?? "", at: path.child("namespace"), Format.dns1123Label)
    }
    labelKeys(of: term, at: path)
    let key = term.text("topologyKey")
    if key.isEmpty { required(path.child("topologyKey"), "can not be empty") }
    labelKey(key, at: path.child("topologyKey"))
  }

  /// Labels whose values are those of the Pod itself.
  private mutating func labelKeys(of term: JSON, at path: FieldPath) {
    for list in ["matchLabelKeys", "mismatchLabelKeys"] {
      let keys = term.items(list)
      guard !keys.isEmpty else { continue }
      if term["labelSelector"] == nil {
        forbidden(path.child(list), "must not be specified when labelSelector is not set")
        continue
      }
      for (index, key) in keys.enumerated() {
        labelKey(key.string ?? "", at: path.child(list).index(index))
      }
    }
    let matched = term.items("matchLabelKeys")
    var selected = Set(
      term.member("labelSelector").members("matchLabels").keys.map { JSON.string($0) })
    for expression in term.member("labelSelector").items("matchExpressions") {
      let key = JSON.string(expression.text("key"))
      if let index = matched.lastIndex(of: key), selected.contains(key) {
        invalid(path.index(index), key, "exists in both matchLabelKeys and labelSelector")
      }
      selected.insert(key)
    }
    let mismatched = Set(term.items("mismatchLabelKeys"))
    for (index, key) in matched.enumerated() where mismatched.contains(key) {
      invalid(
        path.child("matchLabelKeys").index(index), key,
        "exists in both matchLabelKeys and mismatchLabelKeys")
    }
  }

  // MARK: Tolerations

  mutating func tolerations(_ tolerations: [JSON], at path: FieldPath) {
    for (index, toleration) in tolerations.enumerated() {
      let path = path.index(index)
      let key = toleration.text("key")
      let name = toleration.text("operator")
      let effect = toleration.text("effect")
      if !key.isEmpty { labelKey(key, at: path.child("key")) }
      if key.isEmpty, name != "Exists" {
        invalid(
          path.child("operator"), .string(name),
          "operator must be Exists when `key` is empty, which means \"match all values and all "
            + "keys\"")
      }
      if toleration["tolerationSeconds"] != nil, effect != "NoExecute" {
        invalid(
          path.child("effect"), .string(effect),
          "effect must be 'NoExecute' when `tolerationSeconds` is set")
      }
      tolerationValue(toleration.text("value"), name, at: path.child("operator"))
      if !effect.isEmpty { taintEffect(effect, at: path.child("effect")) }
    }
  }

  private mutating func tolerationValue(_ value: String, _ name: String, at path: FieldPath) {
    switch name {
    case "", "Equal":
      let problems = Format.labelValue(value)
      if !problems.isEmpty { invalid(path, .string(value), problems.joined(separator: ";")) }
    case "Exists":
      if !value.isEmpty {
        invalid(path, .string(value), "value must be empty when `operator` is 'Exists'")
      }
    case "Lt", "Gt":
      // Known, but part of an alpha feature.
      add(
        .notSupported(path, .string(name), supported: ["Equal", "Exists", "Lt", "Gt"]))
    default: oneOf(["Equal", "Exists"], name, at: path)
    }
  }

  // MARK: Spreading

  mutating func spreadConstraints(_ constraints: [JSON], at path: FieldPath) {
    for (index, constraint) in constraints.enumerated() {
      let path = path.index(index)
      let key = constraint.text("topologyKey")
      let action = constraint.text("whenUnsatisfiable")
      if constraint.number("maxSkew") <= 0 {
        invalid(
          path.child("maxSkew"), .integer(constraint.number("maxSkew")),
          "must be greater than zero")
      }
      if key.isEmpty { required(path.child("topologyKey"), "can not be empty") }
      oneOf(["DoNotSchedule", "ScheduleAnyway"], action, at: path.child("whenUnsatisfiable"))
      if constraints[(index + 1)...].contains(where: {
        $0.text("topologyKey") == key && $0.text("whenUnsatisfiable") == action
      }) {
        duplicate(
          path.child("{topologyKey, whenUnsatisfiable}"), .string("{\(key), \(action)}"))
      }
      minDomains(constraint, action, at: path.child("minDomains"))
      for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"] {
        if let value = constraint[policy]?.string {
          oneOf(["Honor", "Ignore"], value, at: path.child(policy))
        }
      }
      labelKeys(of: constraint, at: path)
      labelSelector(constraint.member("labelSelector"), at: path.child("labelSelector"))
    }
  }

  private mutating func minDomains(_ constraint: JSON, _ action: String, at path: FieldPath) {
    guard let domains = constraint["minDomains"]?.integer else { return }
    if domains <= 0 { invalid(path, .integer(domains), "must be greater than zero") }
    if action != "DoNotSchedule" {
      invalid(
        path, .integer(domains),
        "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not \(action)")
    }
  }
}
