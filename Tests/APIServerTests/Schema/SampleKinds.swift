import APIServer
import JSONTree
import KubernetesAPI

/// Small types shaped like Kubernetes' own, for tests of what is derived from a schema.
enum Sample {
  /// The kinds there are, with the sample in place of the Service.
  static let catalogue = KindCatalogue(
    CoreKinds.all.filter { $0.resource.plural != "services" } + [SampleServiceKind()])

  static let metadata = ObjectSchema(
    "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "Who an object is."
  ) {
    Field("annotations", .stringMap, "Notes.")
    Field("creationTimestamp", .time, "When the object was made.")
    Field("finalizers", .list(.string, .mergedSet), "What must be done before removal.")
    Field("generation", .int64, "Counts changes.", empty: .dropped)
    Field("labels", .stringMap, "Marks to select by.")
    Field("name", .string, "Unique within the namespace.")
    Field("namespace", .string, "Where the name counts.")
    Field("resourceVersion", .string, "The revision.")
  }

  static let servicePort = ObjectSchema("io.k8s.api.core.v1.ServicePort", "One port.") {
    Field("name", .string, "Unique within the Service.")
    Field("nodePort", .int32, "The port on every node.", empty: .dropped)
    Field("port", .int32, "The port clients use.", required: true)
    Field("protocol", .string, "TCP, UDP or SCTP.", default: "TCP", goType: "v1.Protocol")
    Field("targetPort", .intOrString, "The port of the Pods.")
  }

  static let clientIP = ObjectSchema("io.k8s.api.core.v1.ClientIPConfig", "Affinity by address.") {
    Field("timeoutSeconds", .int32, "How long it sticks.", default: 10800)
  }

  static let affinity = ObjectSchema("io.k8s.api.core.v1.SessionAffinityConfig", "Affinity.") {
    Field("clientIP", .object(clientIP), "By address of the client.")
  }

  static let serviceSpec = ObjectSchema("io.k8s.api.core.v1.ServiceSpec", "What is wanted.") {
    Field("clusterIP", .string, "The address, or None.")
    Field(
      "clusterIPs", .list(.string, .atomic), "One address of each family.")
    Field("externalIPs", .list(.string, .atomic), "Addresses of others.")
    Field(
      "ipFamilies", .list(.string, .atomic), "Families in order of preference.",
      goType: "[]v1.IPFamily")
    Field(
      "ports",
      .list(.object(servicePort), .map("port", "protocol", mergeKey: "port")),
      "What is reachable.")
    Field("publishNotReadyAddresses", .boolean, "Whether readiness counts.", empty: .dropped)
    Field("selector", .stringMap, "Which Pods.")
    Field("sessionAffinity", .string, "None or ClientIP.", default: "None")
    Field("sessionAffinityConfig", .object(affinity), "Details of the affinity.")
    Field(
      "type", .string, "How the Service is reached.", default: "ClusterIP",
      enum: ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], goType: "v1.ServiceType")
  }

  static let loadBalancer = ObjectSchema("io.k8s.api.core.v1.LoadBalancerStatus", "Ingress.") {
    Field("ingress", .list(.string, .atomic), "Where traffic comes in.")
  }

  static let serviceStatus = ObjectSchema("io.k8s.api.core.v1.ServiceStatus", "What is.") {
    Field("loadBalancer", .object(loadBalancer), "The load balancer.", default: [:])
  }

  static let service = ObjectSchema("io.k8s.api.core.v1.Service", "A named set of Pods.") {
    Field("apiVersion", .string, "The version of the type.")
    Field("kind", .string, "The type.")
    Field("metadata", .object(metadata), "Who the object is.")
    Field("spec", .object(serviceSpec), "What is wanted.")
    Field("status", .object(serviceStatus), "What is.", default: [:])
  }

  static let everything = ObjectSchema("io.k8s.api.core.v1.Everything", "One of each.") {
    Field("any", .any, "Anything.")
    Field("bool", .boolean, "A pointer to a boolean.")
    Field("bytes", .bytes, "Bytes.")
    Field("bytesMap", .map(.bytes), "Bytes by name.")
    Field("int64", .int64, "A long integer.")
    Field("kept", .string, "A pointer to a string.", empty: .kept)
    Field("lists", .list(.list(.int32)), "Lists of lists.")
    Field("micro", .microTime, "A precise time.")
    Field("nested", .list(.object(servicePort), .map("name")), "Objects.")
    Field("number", .number, "A fraction.")
    Field("quantities", .map(.quantity), "Amounts by name.", goType: "v1.ResourceList")
    Field("raw", .anyObject, "Anything between braces.")
    Field("required", .strings, "Shown even if empty.", required: true)
    Field("time", .time, "A time.")
  }
}

/// A kind with the sample Service schema.
struct SampleServiceKind: KindDefinition {
  var resource = ResourceType(
    group: "", version: "v1", kind: "Service", plural: "services", isNamespaced: true)
  var schema = Sample.service
  var shortNames: [String] { ["svc"] }
  var categories: [String] { ["all"] }
  var storagePrefix: String { "/registry/services/specs" }
  var subresources: [Subresource] { [.status] }
  var columns: [PrinterColumn] {
    [
      PrinterColumn("Name", "The name.", format: "name"),
      PrinterColumn("Type", "How it is reached."),
      PrinterColumn("Cluster-IP", "The address."),
      PrinterColumn("Selector", "Which Pods.", priority: 1),
    ]
  }

  func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [
      object[path: "metadata", "name"] ?? "", object[path: "spec", "type"] ?? "",
      object[path: "spec", "clusterIP"] ?? "<none>", "<none>",
    ]
  }

  func setDefaults(_ object: inout JSON) {
    guard let ports = object[path: "spec", "ports"]?.array else { return }
    object["spec"]?["ports"] = .array(
      ports.map { port in
        var port = port
        if port["targetPort"] == nil { port["targetPort"] = port["port"] }
        return port
      })
  }

  func problems(ofName name: String) -> [String] { [] }
}
