import JSONTree
import KubernetesAPI

// Events are checked in their core form, and Kubernetes names fields of the core form in messages
// of both API groups.
extension FieldChecks {
  /// What must hold of Events of every API group.
  mutating func event(_ event: JSON, controllerField: String) {
    let namespace = event.member("metadata").text("namespace")
    let about = event.member("involvedObject").text("namespace")
    let matches: Bool
    if event["eventTime"] == nil {
      matches = about.isEmpty ? ["", "default"].contains(namespace) : namespace == about
    } else {
      matches = !about.isEmpty || ["default", "kube-system"].contains(namespace)
    }
    if !matches {
      invalid(
        FieldPath("involvedObject.namespace"), .string(about), "does not match event.namespace")
    }
    if event["eventTime"] != nil { reporter(of: event, controllerField: controllerField) }
    format(namespace, at: FieldPath("namespace"), Format.dns1123Subdomain)
  }

  /// What an Event with an `eventTime` must tell.
  private mutating func reporter(of event: JSON, controllerField: String) {
    let controller = event.text("reportingComponent")
    let path = FieldPath(controllerField)
    if controller.isEmpty { required(path) }
    format(controller, at: path, Format.qualifiedName)
    for field in ["reportingInstance", "action", "reason"] {
      let text = event.text(field)
      if text.isEmpty { required(FieldPath(field)) }
      atMost(128, text, at: field)
    }
    atMost(1024, event.text("message"), at: "message")
  }

  private mutating func atMost(_ limit: Int, _ text: String, at field: String) {
    if text.utf8.count > limit {
      invalid(FieldPath(field), "", "can have at most \(limit) characters")
    }
  }

  /// What must hold of an Event made through events.k8s.io.
  mutating func newEvent(_ event: JSON) {
    series(of: event)
    if event["eventTime"] == nil { required(FieldPath("eventTime")) }
    let type = event.text("type")
    if type != "Normal", type != "Warning" {
      invalid(FieldPath("type"), "", "has invalid value: \(type)")
    }
    let source = event.member("source")
    let unset = [
      ("firstTimestamp", event["firstTimestamp"] == nil),
      ("lastTimestamp", event["lastTimestamp"] == nil), ("count", event.number("count") == 0),
      ("source", source.text("component").isEmpty && source.text("host").isEmpty),
    ]
    for (field, isUnset) in unset where !isUnset {
      invalid(FieldPath(field), "", "needs to be unset")
    }
  }

  /// What a change through events.k8s.io may do: only the series goes on.
  mutating func eventUpdate(_ event: JSON, old: JSON) {
    if !event.member("series").says(theSameAs: old.member("series")) { series(of: event) }
    let kept = [
      ("involvedObject", "involvedObject"), ("reason", "reason"), ("message", "message"),
      ("source", "source"), ("firstTimestamp", "firstTimestamp"),
      ("lastTimestamp", "lastTimestamp"), ("count", "count"), ("type", "type"),
      ("eventTime", "eventTime"), ("action", "action"), ("related", "related"),
      ("reportingComponent", "reportingController"), ("reportingInstance", "reportingInstance"),
    ]
    for (member, name) in kept {
      immutable(event.member(member), old: old.member(member), at: FieldPath(name))
    }
  }

  private mutating func series(of event: JSON) {
    guard let series = event["series"] else { return }
    if series.number("count") < 2 {
      invalid(FieldPath("series.count"), "", "should be at least 2")
    }
    if series["lastObservedTime"] == nil { required(FieldPath("series.lastObservedTime")) }
  }
}
