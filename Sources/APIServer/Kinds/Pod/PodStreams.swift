import KubernetesAPI

extension Subresource {
  /// `pods/log`, `pods/exec`, `pods/attach`, `pods/portforward`: carried on by the Pod's Node.
  package static let log = Subresource("log", verbs: ["get"], isStream: true)
  package static let exec = stream("exec", "PodExecOptions")
  package static let attach = stream("attach", "PodAttachOptions")
  package static let portForward = stream("portforward", "PodPortForwardOptions")

  private static func stream(_ name: String, _ kind: String) -> Subresource {
    Subresource(
      name, verbs: ["create", "get"],
      kind: ResourceType(group: "", version: "v1", kind: kind, plural: "", isNamespaced: true),
      isStream: true)
  }
}

extension ResourceType {
  /// core/v1 PodLogOptions, the query of `pods/log`.
  static let podLogOptions = ResourceType(
    group: "", version: "v1", kind: "PodLogOptions", plural: "", isNamespaced: true)
}
