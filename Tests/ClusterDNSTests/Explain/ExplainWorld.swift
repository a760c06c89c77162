import JSONTree
import KubernetesAPI

@testable import ClusterDNS

/// A small cluster to explain names of, as the API server would have it.
enum ExplainWorld {
  static func view(
    _ manifests: String, change: (inout ExplainView) -> Void = { _ in }
  ) throws
    -> ExplainView
  {
    var view = ExplainView(zone: ZoneConfiguration(domain: ZoneConfiguration.defaultDomain))
    view.namespaces = ["default", "shop", "kube-system"]
    for text in manifests.split(separator: "---\n") {
      let json = try JSON(yaml: String(text))
      switch json["kind"]?.string {
      case "Service": view.services.append(Service(json: json))
      case "EndpointSlice": view.slices.append(EndpointSlice(json: json))
      case "Pod": view.pods.append(ExplainedPod(json: json))
      case "StatefulSet": view.statefulSets.append(StatefulSetOrdinals(json: json))
      default: throw Unknown(kind: json["kind"]?.string ?? "")
      }
    }
    change(&view)
    return view
  }

  struct Unknown: Error { var kind: String }

  static func service(_ name: String, _ spec: String, namespace: String = "default") -> String {
    """
    kind: Service
    metadata: {name: \(name), namespace: \(namespace), resourceVersion: "7"}
    spec: {\(spec)}
    ---

    """
  }

  /// A Pod that is running and ready at 10.0.0.1, if the rest does not say otherwise.
  static func pod(
    _ name: String, labels: String = "app: web", spec: String = "nodeName: node-1",
    status: String = "phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: 'True'}]",
    metadata: String = ""
  ) -> String {
    """
    kind: Pod
    metadata: {name: \(name), namespace: default, labels: {\(labels)}\(metadata)}
    spec: {\(spec)}
    status: {\(status)}
    ---

    """
  }

  static func slice(
    of service: String, address: String = "10.0.0.1", ready: Bool = true, more: String = ""
  ) -> String {
    """
    kind: EndpointSlice
    metadata:
      name: \(service)-abc
      namespace: default
      resourceVersion: "9"
      labels: {kubernetes.io/service-name: \(service)}
    addressType: IPv4
    endpoints: [{addresses: [\(address)], conditions: {ready: \(ready)}\(more)}]
    ports: [{name: http, port: 80, protocol: TCP}]
    ---

    """
  }

  static let headless = service(
    "web", "clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80}]")

  static func set(_ name: String, serviceName: String) -> String {
    """
    kind: StatefulSet
    metadata: {name: \(name), namespace: default}
    spec: {serviceName: \(serviceName), replicas: 2}
    ---

    """
  }
}
