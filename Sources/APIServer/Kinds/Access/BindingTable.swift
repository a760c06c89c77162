import JSONTree
import KubernetesAPI

/// How bindings of roles are printed.
enum BindingTable {
  static let columns: [PrinterColumn] = [
    .name, PrinterColumn("Role", "The role that is bound."), .age,
    PrinterColumn("Users", "Users that have the role.", priority: 1),
    PrinterColumn("Groups", "Groups that have the role.", priority: 1),
    PrinterColumn("ServiceAccounts", "ServiceAccounts that have the role.", priority: 1),
  ]

  static func cells(of object: JSON, now: Timestamp) -> [JSON] {
    let role = object.member("roleRef")
    let subjects = object.items("subjects")
    func names(_ kind: String) -> JSON {
      .string(
        subjects.filter { $0.text("kind") == kind }.map { subject in
          let name = subject.text("name")
          return kind == "ServiceAccount" ? subject.text("namespace") + "/" + name : name
        }.joined(separator: ", "))
    }
    return [
      object.nameCell, .string(role.text("kind") + "/" + role.text("name")),
      object.ageCell(now: now), names("User"), names("Group"), names("ServiceAccount"),
    ]
  }
}
