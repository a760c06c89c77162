import JSONTree
import KubernetesAPI

/// What the name of a compute resource says of it: `cpu`, `hugepages-2Mi`, `example.com/gpu`.
struct ComputeResource {
  var name: String

  /// Defined by Kubernetes: without a domain, or in kubernetes.io.
  var isNative: Bool { !name.contains("/") || name.contains("kubernetes.io/") }

  /// Defined by somebody else.
  var isExtended: Bool {
    !isNative && !name.hasPrefix("requests.") && Format.qualifiedName("requests." + name).isEmpty
  }

  var isHugePages: Bool { name.hasPrefix("hugepages-") }

  /// Whether a limit may be larger than the request.
  var allowsOvercommit: Bool { isNative && !isHugePages }

  var isWhole: Bool { Self.counted.contains(name) || isExtended }

  var isStandard: Bool {
    Self.standard.contains(name) || isHugePages || name.hasPrefix("requests.hugepages-")
  }

  var isStandardForContainers: Bool { Self.ofContainers.contains(name) || isHugePages }

  private static let ofContainers: Set = ["cpu", "memory", "ephemeral-storage"]
  private static let counted: Set = [
    "pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps",
    "persistentvolumeclaims", "services.nodeports", "services.loadbalancers",
  ]
  private static let standard = counted.union(ofContainers).union([
    "storage", "requests.cpu", "requests.memory", "requests.ephemeral-storage",
    "requests.storage", "limits.cpu", "limits.memory", "limits.ephemeral-storage",
  ])
}

extension JSON {
  /// The amount, nil where the text is no quantity.
  var quantity: Quantity? { string.flatMap { try? Quantity(parsing: $0) } }
}

extension FieldChecks {
  /// An amount of a resource: not negative, and whole where the resource is counted.
  mutating func resourceAmount(_ value: JSON, of name: String, at path: FieldPath) {
    guard let amount = value.quantity else { return }
    if amount < Quantity(0) {
      invalid(path, value, "must be greater than or equal to 0")
    }
    if ComputeResource(name: name).isWhole, amount.milliValue % 1000 != 0 {
      invalid(path, value, "must be an integer")
    }
  }

  /// The name of a resource a container may ask for.
  mutating func containerResourceName(_ name: String, at path: FieldPath) {
    let resource = ComputeResource(name: name)
    let problems = Format.qualifiedName(name)
    for problem in problems { invalid(path, .string(name), problem) }
    if !name.contains("/") {
      if problems.isEmpty, !resource.isStandard {
        invalid(path, .string(name), "must be a standard resource type or fully qualified")
      }
      if !resource.isStandardForContainers {
        invalid(path, .string(name), "must be a standard resource for containers")
      }
    } else if !resource.isNative, !resource.isExtended {
      invalid(path, .string(name), "doesn't follow extended resource name standard")
    }
  }

  /// The name of a resource a whole Pod may ask for.
  mutating func podResourceName(_ name: String, at path: FieldPath) {
    let resource = ComputeResource(name: name)
    let problems = Format.qualifiedName(name)
    for problem in problems { invalid(path, .string(name), problem) }
    guard problems.isEmpty else { return }
    if !name.contains("/"), !resource.isStandard {
      invalid(path, .string(name), "must be a standard resource type or fully qualified")
    } else if name != "cpu", name != "memory", !resource.isHugePages {
      add(.notSupported(path, .string(name), supported: ["cpu", "hugepages-", "memory"]))
    }
  }

  /// Requests and limits of a container or, with `podResourceName`, of a Pod.
  mutating func resourceRequirements(
    _ requirements: JSON, at path: FieldPath,
    name: (inout FieldChecks, String, FieldPath) -> Void
  ) {
    let limits = requirements.members("limits")
    let requests = requirements.members("requests")
    for limit in limits {
      resource(limit.key, limit.value, at: path.child("limits").key(limit.key), name: name)
    }
    for request in requests {
      resource(request.key, request.value, at: path.child("requests").key(request.key), name: name)
      compare(request, with: limits[request.key], at: path)
    }
    let names = Set(limits.keys).union(requests.keys)
    if names.isDisjoint(with: ["cpu", "memory"]),
      names.contains(where: { ComputeResource(name: $0).isHugePages })
    {
      forbidden(path, "HugePages require cpu or memory")
    }
  }

  private mutating func resource(
    _ name: String, _ value: JSON, at path: FieldPath,
    name check: (inout FieldChecks, String, FieldPath) -> Void
  ) {
    check(&self, name, path)
    resourceAmount(value, of: name, at: path)
    guard ComputeResource(name: name).isHugePages, let amount = value.quantity else { return }
    let page = (try? Quantity(parsing: String(name.dropFirst("hugepages-".count))))?.value ?? 0
    if page <= 0 || amount.value % page != 0 {
      invalid(path, value, "\(amount) is not positive integer multiple of \(name)")
    }
  }

  private mutating func compare(
    _ request: JSONObject.Member, with limit: JSON?, at path: FieldPath
  ) {
    let allowsOvercommit = ComputeResource(name: request.key).allowsOvercommit
    guard let limit = limit?.quantity, let amount = request.value.quantity else {
      if !allowsOvercommit {
        required(path.child("limits"), "Limit must be set for non overcommitable resources")
      }
      return
    }
    if amount != limit, !allowsOvercommit {
      invalid(
        path.child("requests"), request.value, "must be equal to \(request.key) limit of \(limit)")
    } else if amount > limit {
      invalid(
        path.child("requests"), request.value,
        "must be less than or equal to \(request.key) limit of \(limit)")
    }
  }
}
