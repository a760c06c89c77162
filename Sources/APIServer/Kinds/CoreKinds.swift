/// The kinds of this folder, in the order discovery lists them.
package enum CoreKinds {
  package static let all: [any KindDefinition] = [
    ConfigMapKind(), EndpointsKind(), CoreEventKind(), NamespaceKind(), NodeKind(), PodKind(),
    SecretKind(), ServiceAccountKind(), ServiceKind(), LeaseKind(), EndpointSliceKind(),
    EventKind(),
  ]
}
