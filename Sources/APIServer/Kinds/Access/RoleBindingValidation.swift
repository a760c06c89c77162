import JSONTree
import KubernetesAPI

extension FieldChecks {
  /// A RoleBinding or a ClusterRoleBinding.
  ///
  /// - Parameter kinds: what it may bind.
  mutating func roleBinding(_ object: JSON, kinds: [String], isNamespaced: Bool) {
    let role = object.member("roleRef")
    let path = FieldPath("roleRef")
    oneOf([ResourceType.role.group], role.text("apiGroup"), at: path.child("apiGroup"))
    oneOf(kinds, role.text("kind"), at: path.child("kind"))
    if role.text("name").isEmpty {
      required(path.child("name"))
    } else {
      format(role.text("name"), at: path.child("name"), Format.pathSegment)
    }
    for (index, subject) in object.items("subjects").enumerated() {
      self.subject(subject, isNamespaced: isNamespaced, at: FieldPath("subjects").index(index))
    }
  }

  mutating func roleRefUnchanged(_ object: JSON, old: JSON) {
    let role = object.member("roleRef")
    guard role != old.member("roleRef") else { return }
    invalid(FieldPath("roleRef"), role, "cannot change roleRef")
  }

  private mutating func subject(_ subject: JSON, isNamespaced: Bool, at path: FieldPath) {
    let name = subject.text("name")
    if name.isEmpty { required(path.child("name")) }
    switch subject.text("kind") {
    case "ServiceAccount":
      if !name.isEmpty { format(name, at: path.child("name"), Format.dns1123Subdomain) }
      let group = subject.text("apiGroup")
      if !group.isEmpty { oneOf([""], group, at: path.child("apiGroup")) }
      if !isNamespaced, subject.text("namespace").isEmpty { required(path.child("namespace")) }
    case let kind where kind == "User" || kind == "Group":
      if name.isEmpty {
        invalid(path.child("name"), "", "\(kind.lowercased()) name cannot be empty")
      }
      oneOf([ResourceType.role.group], subject.text("apiGroup"), at: path.child("apiGroup"))
    case let kind:
      oneOf(["ServiceAccount", "User", "Group"], kind, at: path.child("kind"))
    }
  }
}
