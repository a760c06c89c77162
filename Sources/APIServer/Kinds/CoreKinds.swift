/// The kinds of this folder, in the order discovery lists them.
package enum CoreKinds {
  package static let all: [any KindDefinition] =
    [
      ConfigMapKind(), EndpointsKind(), CoreEventKind(), NamespaceKind(), NodeKind(),
      PersistentVolumeKind(), PersistentVolumeClaimKind(), PodKind(), SecretKind(),
      ServiceAccountKind(), ServiceKind(), ControllerRevisionKind(), DaemonSetKind(),
      DeploymentKind(), ReplicaSetKind(), StatefulSetKind(), JobKind(), LeaseKind(),
      EndpointSliceKind(), EventKind(), RoleKind(), ClusterRoleKind(), RoleBindingKind(),
      ClusterRoleBindingKind(), StorageClassKind(),
    ] + ReviewKind.all
}
