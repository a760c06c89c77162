import JSONTree
import KubernetesAPI

/// `autoscaling/v1` Scale: how many Pods a workload is to have and has. It exists only as the
/// subresource `scale` of workloads.
struct ScaleKind: KindDefinition {
  let resource = ResourceType(
    group: "autoscaling", version: "v1", kind: "Scale", plural: "scales", isNamespaced: true)
  var schema: ObjectSchema { .scale }
  var storagePrefix: String { "" }

  var columns: [PrinterColumn] {
    [
      .name, PrinterColumn("Desired", "Number of Pods that should be.", type: "integer"),
      PrinterColumn("Available", "Number of Pods there are.", type: "integer"), .age,
    ]
  }

  func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [
      object.nameCell, .integer(object.member("spec").number("replicas")),
      .integer(object.member("status").number("replicas")), object.ageCell(now: now),
    ]
  }

  func problems(ofName name: String) -> [String] { Format.pathSegment(name) }

  func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    checks.notNegative(
      object.member("spec").number("replicas"), at: FieldPath("spec.replicas"))
    return checks.errors
  }

  /// The Scale of a workload.
  static func scale(of workload: JSON) -> JSON {
    let metadata = workload.member("metadata")
    var shown = JSONObject()
    for member in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
      shown[member] = metadata[member]
    }
    var status: JSONObject = [
      "replicas": .integer(workload.member("status").number("replicas"))
    ]
    let selector = workload.member("spec")["selector"].map(SelectorText.of) ?? ""
    status["selector"] = JSON(nonEmpty: selector)
    var spec = JSONObject()
    let replicas = workload.member("spec").number("replicas")
    if replicas != 0 { spec["replicas"] = .integer(replicas) }
    return [
      "apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": .object(shown),
      "spec": .object(spec), "status": .object(status),
    ]
  }
}

extension Subresource {
  /// `scale`, through which the number of Pods is read and changed alone.
  package static let scale = Subresource("scale", kind: ScaleKind().resource)
}

extension ObjectSchema {
  static let scale = kind(
    "io.k8s.api.autoscaling.v1.Scale",
    "How many Pods a workload is to have and has."
  ) {
    Field("spec", .object(.scaleSpec), "Desired number of Pods.", default: [:])
    Field("status", .object(.scaleStatus), "Observed number of Pods.", default: [:])
  }

  static let scaleSpec = ObjectSchema(
    "io.k8s.api.autoscaling.v1.ScaleSpec", "Desired number of Pods."
  ) {
    Field("replicas", .int32, "Number of Pods that should be.", empty: .dropped)
  }

  static let scaleStatus = ObjectSchema(
    "io.k8s.api.autoscaling.v1.ScaleStatus", "Observed number of Pods."
  ) {
    Field("replicas", .int32, "Number of Pods there are.", required: true, default: 0)
    Field("selector", .string, "Which Pods are counted, as a query writes it.")
  }
}
