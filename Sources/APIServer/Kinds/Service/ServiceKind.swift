package import JSONTree
package import KubernetesAPI

/// core/v1 Service. Its addresses and node ports come from `ServiceAllocator`.
package struct ServiceKind: KindDefinition {
  package init() {}

  package var resource: ResourceType { Service.resource }
  package var schema: ObjectSchema { .service }
  package var shortNames: [String] { ["svc"] }
  package var categories: [String] { ["all"] }
  package var storagePrefix: String { "/registry/services/specs" }
  package var subresources: [Subresource] { [.status] }
  package var allowsCreateOnUpdate: Bool { true }
  package var returnsDeletedObject: Bool { true }

  package var selectableFields: [String] { ["spec.clusterIP", "spec.type"] }

  package func selectableField(_ field: String, of object: JSON) -> String {
    let spec = object.member("spec")
    return switch field {
    case "spec.clusterIP": spec.text("clusterIP")
    case "spec.type": spec.text("type")
    default: ""
    }
  }

  /// The name is a label in DNS. Up to Kubernetes 1.35 it also had to begin with a letter.
  package func problems(ofName name: String) -> [String] { Format.dns1123Label(name) }
}
