/// The kinds of this folder, in the order discovery lists them.
package enum CoreKinds {
  package static let all: [any KindDefinition] = [
    ConfigMapKind(), CoreEventKind(), NamespaceKind(), NodeKind(), SecretKind(),
    ServiceKind(), ServiceAccountKind(), EventKind(), LeaseKind(),
  ]
}
