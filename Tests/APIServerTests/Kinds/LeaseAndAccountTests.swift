import APIServer
import JSONTree
import Testing

@Suite struct LeaseTests {
  let kind = LeaseKind()

  @Test func `It prints its holder`() {
    let lease: JSON = ["metadata": ["name": "l"], "spec": ["holderIdentity": "me"]]
    #expect(kind.row(lease) == ["l", "me", "<unknown>"])
    #expect(kind.row(["metadata": ["name": "l"]]) == ["l", "", "<unknown>"])
  }

  @Test(
    arguments: [
      (
        ["leaseDurationSeconds": 0],
        ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"]
      ),
      (
        ["leaseTransitions": -1],
        ["spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0"]
      ),
      (["leaseDurationSeconds": 15, "leaseTransitions": 0], []),
      (["preferredHolder": "a", "strategy": "x"], []),
    ] as [(JSON, [String])])
  func `Numbers are in their bounds and election fields are dropped`(
    spec: JSON, expected: [String]
  ) {
    #expect(kind.creationErrors(["spec": spec]) == expected)
  }

  @Test func `A PUT creates it but must say which version it replaces`() {
    #expect(kind.allowsCreateOnUpdate)
    #expect(!kind.allowsUnconditionalUpdate)
  }
}

@Suite struct ServiceAccountTests {
  let kind = ServiceAccountKind()

  @Test func `Of its secrets only the names count`() {
    let account = kind.created(["secrets": [["name": "a", "kind": "Secret"], .object([:])]])
    #expect(account["secrets"] == [["name": "a"], .object([:])])
  }

  @Test func `A retired annotation is warned about once`() {
    let key = "kubernetes.io/enforce-mountable-secrets"
    let account: JSON = ["metadata": ["annotations": [key: "true"]]]
    #expect(kind.warnings(account, old: nil).count == 1)
    #expect(kind.warnings(account, old: account) == [])
    #expect(kind.warnings(["metadata": .object([:])], old: nil) == [])
  }

  @Test func `Tokens are asked for in their own kind`() {
    #expect(kind.schema(of: .token).name == "io.k8s.api.authentication.v1.TokenRequest")
  }
}
