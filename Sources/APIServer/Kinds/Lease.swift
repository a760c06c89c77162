package import JSONTree
package import KubernetesAPI

/// `coordination.k8s.io/v1` Lease.
package struct LeaseKind: KindDefinition {
  package init() {}

  package let resource = ResourceType(
    group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases",
    isNamespaced: true)
  package var schema: ObjectSchema { .lease }
  package var storagePrefix: String { "/registry/leases" }
  package var allowsCreateOnUpdate: Bool { true }
  package var allowsUnconditionalUpdate: Bool { false }

  package var columns: [PrinterColumn] {
    [.name, PrinterColumn("Holder", "Who holds the lease."), .age]
  }

  package func cells(of object: JSON, now: Timestamp) -> [JSON] {
    [
      object.nameCell, .string(object.member("spec").text("holderIdentity")),
      object.ageCell(now: now),
    ]
  }

  // Strategy and preferredHolder belong to coordinated leader election, a beta feature that is
  // off unless asked for: they are dropped, as a kube-apiserver with its defaults drops them.

  package func prepareForCreate(_ object: inout JSON) {
    dropElectionFields(&object, old: .null)
  }

  package func prepareForUpdate(_ object: inout JSON, old: JSON, subresource: Subresource?) {
    dropElectionFields(&object, old: old)
  }

  private func dropElectionFields(_ object: inout JSON, old: JSON) {
    guard var spec = object["spec"] else { return }
    for field in ["strategy", "preferredHolder"] where old[path: "spec", field] == nil {
      spec[field] = nil
    }
    object["spec"] = spec
  }

  package func problems(ofName name: String) -> [String] { Format.dns1123Subdomain(name) }

  package func validateCreate(_ object: JSON) -> [FieldError] {
    var checks = FieldChecks()
    let path = FieldPath("spec")
    let spec = object.member("spec")
    if let duration = spec["leaseDurationSeconds"]?.integer, duration <= 0 {
      checks.invalid(
        path.child("leaseDurationSeconds"), .integer(duration), "must be greater than 0")
    }
    checks.notNegative(spec.number("leaseTransitions"), at: path.child("leaseTransitions"))
    let strategy = spec.text("strategy")
    if spec["strategy"] != nil { checks.leaseStrategy(strategy, at: path.child("strategy")) }
    if !spec.text("preferredHolder").isEmpty, strategy.isEmpty {
      checks.forbidden(
        path.child("preferredHolder"), "may only be specified if `strategy` is defined")
    }
    return checks.errors
  }
}

extension FieldChecks {
  /// One of the known strategies, or one of a vendor behind a domain.
  fileprivate mutating func leaseStrategy(_ strategy: String, at path: FieldPath) {
    // Kubernetes names the field twice in this path.
    let path = path.child("strategy")
    if strategy.contains("/") {
      format(strategy, at: path, Format.qualifiedName)
    } else {
      oneOf(["OldestEmulationVersion"], strategy, at: path)
    }
  }
}

extension ObjectSchema {
  static let lease = kind(
    "io.k8s.api.coordination.v1.Lease",
    "A claim, renewed by its holder, to a role or to being alive."
  ) {
    Field("spec", .object(.leaseSpec), "State of the claim.", default: [:])
  }

  static let leaseSpec = ObjectSchema(
    "io.k8s.api.coordination.v1.LeaseSpec",
    "State of a Lease."
  ) {
    Field("acquireTime", .microTime, "When the present holder got the lease.")
    Field("holderIdentity", .string, "Who holds the lease.", empty: .kept)
    Field(
      "leaseDurationSeconds", .int32,
      "Seconds others wait after renewTime before they may take the lease.")
    Field("leaseTransitions", .int32, "How often the holder changed.")
    Field(
      "preferredHolder", .string, "Who should get the lease next; needs a strategy.", empty: .kept)
    Field("renewTime", .microTime, "When the holder last renewed the lease.")
    Field(
      "strategy", .string, "How a holder is chosen in coordinated leader election.", empty: .kept,
      goType: "v1.CoordinatedLeaseStrategy")
  }
}
