package import JSONTree

extension PodKind {
  /// Defaults that depend on other fields; plain ones are in the schema.
  package func setDefaults(_ object: inout JSON) {
    PodStatusRules.matchAddresses(&object)
    guard var spec = object["spec"] else { return }
    PodSpecDefaults.apply(to: &spec)
    PodSpecDefaults.applyToPodsOnly(&spec)
    object["spec"] = spec
  }
}

/// Defaults of a PodSpec that its schema cannot state.
enum PodSpecDefaults {
  /// Those that a Pod template has too.
  static func apply(to spec: inout JSON) {
    matchServiceAccount(&spec)
    spec.updateEach("volumes", volume)
    for list in ["containers", "initContainers", "ephemeralContainers"] {
      spec.updateEach(list) { setPullPolicy(&$0, from: "image", to: "imagePullPolicy") }
    }
  }

  /// Those that come when a Pod is made, from a template or not.
  static func applyToPodsOnly(_ spec: inout JSON) {
    for list in ["containers", "initContainers"] {
      spec.updateEach(list, requestsFromLimits)
      if spec.flag("hostNetwork") {
        spec.updateEach(list) { container in
          container.updateEach("ports") { port in
            if port.number("hostPort") == 0, let number = port["containerPort"], number != 0 {
              port["hostPort"] = number
            }
          }
        }
      }
    }
    PodResources(spec).completePodLevel(&spec)
    if spec["enableServiceLinks"] == nil { spec["enableServiceLinks"] = true }
    if spec.number("terminationGracePeriodSeconds") < 0 {
      spec["terminationGracePeriodSeconds"] = 1
    }
  }

  /// `serviceAccount` is the old name of `serviceAccountName` and always says the same.
  private static func matchServiceAccount(_ spec: inout JSON) {
    let name = spec.text("serviceAccountName")
    if name.isEmpty {
      if let old = spec["serviceAccount"] { spec["serviceAccountName"] = old }
    } else if spec.text("serviceAccount") != name {
      spec["serviceAccount"] = .string(name)
    }
  }

  private static func volume(_ volume: inout JSON) {
    guard let members = volume.object else { return }
    if members.allSatisfy({ $0.key == "name" || $0.value == .null }) {
      volume["emptyDir"] = [:]
    } else if var image = volume["image"] {
      setPullPolicy(&image, from: "reference", to: "pullPolicy")
      volume["image"] = image
    }
  }

  private static func setPullPolicy(_ object: inout JSON, from image: String, to policy: String) {
    guard object.text(policy).isEmpty else { return }
    object[policy] = namesLatest(object.text(image)) ? "Always" : "IfNotPresent"
  }

  /// Whether an image name has the tag `latest`, in so many words or for want of tag and digest.
  private static func namesLatest(_ image: String) -> Bool {
    let name = image.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    // A name that cannot be read has no tag; validation will say what is wrong.
    guard let path = name.first, !path.isEmpty, !path.contains(where: \.isWhitespace) else {
      return false
    }
    let last = path.split(separator: "/", omittingEmptySubsequences: false).last ?? path
    let parts = last.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { return parts[1] == "latest" }
    return name.count == 1
  }

  private static func requestsFromLimits(_ container: inout JSON) {
    guard var resources = container["resources"],
      let limits = resources["limits"]?.object, !limits.isEmpty
    else { return }
    var requests = resources.members("requests")
    var isChanged = false
    for limit in limits where requests[limit.key] == nil {
      requests[limit.key] = limit.value
      isChanged = true
    }
    guard isChanged else { return }
    resources["requests"] = .object(requests)
    container["resources"] = resources
  }
}

extension JSON {
  /// Changes each element of a list; a list that is absent stays absent.
  mutating func updateEach(_ key: String, _ change: (inout JSON) -> Void) {
    guard case .object(var object) = self, case .array(var elements)? = object[key] else {
      return
    }
    // Both give up the other reference, so that the changes are made in place.
    self = .null
    object[key] = .null
    for index in elements.indices { change(&elements[index]) }
    object[key] = .array(elements)
    self = .object(object)
  }
}
