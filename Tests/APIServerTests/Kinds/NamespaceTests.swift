import APIServer
import JSONTree
import Testing

@Suite struct NamespaceTests {
  let kind = NamespaceKind()

  @Test func `A new one is active, labelled with its name and held by its content`() {
    let namespace = kind.created(["metadata": ["name": "a"], "status": ["phase": "Terminating"]])
    #expect(namespace["status"] == ["phase": "Active"])
    #expect(namespace["spec"] == ["finalizers": ["kubernetes"]])
    #expect(namespace[path: "metadata", "labels"] == ["kubernetes.io/metadata.name": "a"])
  }

  @Test func `Finalizers of the creator stay before that of the content`() {
    let spec: JSON = ["finalizers": ["example.com/a"]]
    #expect(
      kind.created(["metadata": ["name": "a"], "spec": spec])["spec"]
        == ["finalizers": ["example.com/a", "kubernetes"]])
  }

  static let stored: JSON = [
    "metadata": ["name": "a", "labels": ["kubernetes.io/metadata.name": "a"]],
    "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
  ]

  @Test func `Each way of updating changes its part only`() {
    let sent: JSON = [
      "metadata": ["name": "a", "labels": ["x": "y"]], "spec": .object([:]),
      "status": ["phase": "Terminating"],
    ]
    let labels: JSON = ["kubernetes.io/metadata.name": "a", "x": "y"]
    let plain = kind.updated(sent, old: Self.stored)
    #expect(plain["spec"] == Self.stored["spec"])
    #expect(plain["status"] == Self.stored["status"])
    #expect(plain[path: "metadata", "labels"] == labels)
    let status = kind.updated(sent, old: Self.stored, through: .status)
    #expect(status["spec"] == Self.stored["spec"])
    #expect(status["status"] == sent["status"])
    let finalized = kind.updated(sent, old: Self.stored, through: .finalize)
    #expect(finalized["spec"] == .object([:]))
    #expect(finalized["status"] == Self.stored["status"])
  }

  @Test func `The phase agrees with the deletion timestamp`() {
    var terminating = Self.stored.with("status", ["phase": "Terminating"])
    #expect(
      kind.updateErrors(terminating, old: Self.stored, through: .status) == [
        "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if "
          + "`deletionTimestamp` is empty"
      ])
    terminating["metadata"] = ["name": "a", "deletionTimestamp": "2026-01-01T00:00:00Z"]
    #expect(kind.updateErrors(terminating, old: Self.stored, through: .status) == [])
  }

  @Test func `Finalizers have a domain unless Kubernetes knows them`() {
    let namespace: JSON = ["metadata": ["name": "a"], "spec": ["finalizers": ["mine"]]]
    let detail = "name is neither a standard finalizer name nor is it fully qualified"
    #expect(
      kind.creationErrors(namespace) == ["spec.finalizers: Invalid value: \"mine\": \(detail)"])
    #expect(
      kind.updateErrors(namespace, old: Self.stored, through: .finalize)
        == ["spec.finalizers[0]: Invalid value: \"mine\": \(detail)"])
  }

  @Test func `It prints its phase and is selected by it`() {
    #expect(kind.row(Self.stored) == ["a", "Active", "<unknown>"])
    #expect(kind.selectableField("status.phase", of: Self.stored) == "Active")
    #expect(kind.deletionPolicy(Self.stored) == .whenFinalized)
  }
}
