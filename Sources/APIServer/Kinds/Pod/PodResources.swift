import JSONTree
import KubernetesAPI

/// What the containers of a Pod ask for and may use, taken together.
struct PodResources {
  private let spec: JSON

  init(_ spec: JSON) { self.spec = spec }

  // MARK: Quality of service

  /// Guaranteed where every container has CPU and memory limits and asks for all of them,
  /// BestEffort where none asks for anything, else Burstable.
  var qosClass: String {
    var containers = spec.items("containers") + spec.items("initContainers")
    containers = containers.map { $0.member("resources") }
    if let resources = spec["resources"] { containers = [resources] }
    var requests: [String: Quantity] = [:]
    var limits: [String: Quantity] = [:]
    var isGuaranteed = true
    for resources in containers {
      add(resources.members("requests"), to: &requests)
      let own = add(resources.members("limits"), to: &limits)
      if own.count < 2 { isGuaranteed = false }
    }
    if requests.isEmpty, limits.isEmpty { return "BestEffort" }
    return isGuaranteed && requests == limits ? "Guaranteed" : "Burstable"
  }

  /// Adds amounts of CPU and memory above 0, and tells which there are.
  @discardableResult
  private func add(_ amounts: JSONObject, to sums: inout [String: Quantity]) -> Set<String> {
    var names: Set<String> = []
    for name in ["cpu", "memory"] {
      guard let amount = amounts[name]?.quantity, amount > Quantity(0) else { continue }
      names.insert(name)
      sums[name] = sums[name].map { $0 + amount } ?? amount
    }
    return names
  }

  // MARK: Resources of the whole Pod

  /// What must be set aside while the Pod runs: the sum of its containers and sidecars, or what
  /// an init container needs beside the sidecars started before it, whichever is more.
  func aggregate(_ list: String) -> [String: Quantity] {
    var running = sum(of: spec.items("containers"), list)
    var sidecars: [String: Quantity] = [:]
    var initializing: [String: Quantity] = [:]
    for container in spec.items("initContainers") {
      let own = sum(of: [container], list)
      if container.text("restartPolicy") == "Always" {
        running.merge(own, uniquingKeysWith: +)
        sidecars.merge(own, uniquingKeysWith: +)
        initializing.merge(sidecars, uniquingKeysWith: max)
      } else {
        initializing.merge(
          own.merging(sidecars, uniquingKeysWith: +), uniquingKeysWith: max)
      }
    }
    return running.merging(initializing, uniquingKeysWith: max)
  }

  private func sum(of containers: [JSON], _ list: String) -> [String: Quantity] {
    var sums: [String: Quantity] = [:]
    for container in containers {
      for member in container.member("resources").members(list) {
        guard let amount = member.value.quantity else { continue }
        sums[member.key] = sums[member.key].map { $0 + amount } ?? amount
      }
    }
    return sums
  }

  /// Fills in requests (and limits of huge pages) of the Pod where it states only some.
  func completePodLevel(_ spec: inout JSON) {
    guard var resources = spec["resources"] else { return }
    var limits = resources.members("limits")
    var requests = resources.members("requests")
    if limits.isEmpty, requests.isEmpty { return }
    for (name, amount) in aggregate("limits") where ComputeResource(name: name).isHugePages {
      if requests[name] == nil, limits[name] == nil {
        limits[name] = .string(amount.description)
      }
    }
    if !limits.isEmpty {
      for (name, amount) in aggregate("requests") where requests[name] == nil {
        if name == "cpu" || name == "memory" { requests[name] = .string(amount.description) }
      }
      for limit in limits where requests[limit.key] == nil {
        requests[limit.key] = limit.value
      }
    }
    if !limits.isEmpty { resources["limits"] = .object(limits) }
    if !requests.isEmpty { resources["requests"] = .object(requests) }
    spec["resources"] = resources
  }
}
