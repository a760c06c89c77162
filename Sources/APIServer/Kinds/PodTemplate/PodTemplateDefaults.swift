import JSONTree

/// Defaults of a Pod template that its schema cannot state.
enum PodTemplateDefaults {
  /// - Parameter spec: of the workload, with the template as its member `template`.
  static func apply(to spec: inout JSON) {
    guard var template = spec["template"], var podSpec = template["spec"] else { return }
    PodSpecDefaults.apply(to: &podSpec)
    template["spec"] = podSpec
    spec["template"] = template
  }
}

extension JSON {
  /// Changes the member `spec`; an object without one stays as it is.
  mutating func updateSpec(_ change: (inout JSON) -> Void) {
    guard var spec = self["spec"] else { return }
    change(&spec)
    self["spec"] = spec
  }

  /// Fills in a member that is absent.
  mutating func setDefault(_ key: String, _ value: JSON) {
    if self[key] == nil { self[key] = value }
  }
}
