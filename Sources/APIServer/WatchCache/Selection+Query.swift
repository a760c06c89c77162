import KubernetesAPI

extension Selection {
  /// What a request's path and selectors select.
  ///
  /// - Throws: 400 for a selector that cannot be read or names a field that cannot be selected.
  init(
    _ options: ListOptions, _ info: RequestInfo, of kind: any KindDefinition
  ) throws(APIStatus) {
    namespace = info.namespace
    labels = try LabelSelector(query: options.labelSelector)
    let selector = try FieldSelector(query: options.fieldSelector)
    for requirement in selector.requirements {
      fields.append(
        FieldRequirement(
          field: try Self.field(requirement.field, of: kind), value: requirement.value,
          isEqual: requirement.isEqual))
    }
    guard !info.name.isEmpty else { return }
    // A watch of one object; what it selects besides can only be the same.
    let name = FieldRequirement(field: .name, value: info.name, isEqual: true)
    guard fields.isEmpty || fields.contains(name) else {
      throw .badRequest("fieldSelector metadata.name doesn't match requested name")
    }
    fields = [name]
  }

  private static func field(
    _ name: String, of kind: any KindDefinition
  ) throws(APIStatus) -> FieldRequirement.Field {
    switch name {
    case "metadata.name": return .name
    case "metadata.namespace": return .namespace
    default:
      if let index = kind.selectableFields.firstIndex(of: name) { return .selectable(index) }
      guard kind.selectableFields.isEmpty else {
        throw .badRequest("field label not supported: \(name)")
      }
      throw .badRequest(
        "\"\(name)\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    }
  }
}
