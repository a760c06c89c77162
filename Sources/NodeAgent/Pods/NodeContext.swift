import AsyncHTTPClient
import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging

/// What all Pods of the Node share.
struct NodeContext: Sendable {
  let configuration: NodeAgent.Configuration
  let client: KubernetesClient
  let network: PodNetwork
  let events: NodeEvents
  let services: Informer<Service>
  let hostAddresses: [IPAddress]
  let probes: HTTPClient
  let logger: Logger

  /// Where everything of one Pod is kept.
  func directory(_ uid: String) -> String { "\(configuration.directory)/pods/\(uid)" }

  /// The Services whose variables a Pod's containers get.
  func linkedServices(_ pod: AgentPod) -> [Service] {
    let linksAll = pod.spec["enableServiceLinks"]?.bool ?? true
    let namespace = pod.metadata.namespace
    var chosen: [String: Service] = [:]
    for service in services.objects {
      let isKubernetes =
        service.metadata.namespace == "default" && service.metadata.name == "kubernetes"
      if isKubernetes || linksAll && service.metadata.namespace == namespace {
        // A Service of the Pod's own namespace goes before one of the same name elsewhere.
        if chosen[service.metadata.name] == nil || service.metadata.namespace == namespace {
          chosen[service.metadata.name] = service
        }
      }
    }
    return Array(chosen.values)
  }
}
