import APIServer
import JSONTree
import Testing

@Suite struct SecretTests {
  let kind = SecretKind()

  @Test func `Plain text becomes data and wins over it`() {
    let secret = kind.created([
      "type": "Opaque", "data": ["a": "MQ==", "b": "Mg=="], "stringData": ["b": "three", "c": ""],
    ])
    #expect(secret["stringData"] == nil)
    #expect(secret["data"] == ["a": "MQ==", "b": "dGhyZWU=", "c": ""])
  }

  @Test func `It prints its type and the number of its keys`() {
    let secret: JSON = ["metadata": ["name": "a"], "type": "Opaque", "data": ["a": "", "b": ""]]
    #expect(kind.row(secret) == ["a", "Opaque", "2", "<unknown>"])
  }

  @Test(
    arguments: [
      ("Opaque", [:], []), ("example.com/own", [:], []),
      (
        "kubernetes.io/service-account-token", [:],
        ["metadata.annotations[kubernetes.io/service-account.name]: Required value"]
      ),
      (
        "kubernetes.io/dockerconfigjson", ["x": ""], ["data[.dockerconfigjson]: Required value"]
      ),
      ("kubernetes.io/dockerconfigjson", [".dockerconfigjson": "e30="], []),
      (
        "kubernetes.io/dockercfg", [".dockercfg": "W10="],
        [
          "data[.dockercfg]: Invalid value: \"<secret contents redacted>\": json: cannot unmarshal "
            + "array into Go value of type map[string]interface {}"
        ]
      ),
      (
        "kubernetes.io/dockercfg", [".dockercfg": "YQ=="],
        [
          "data[.dockercfg]: Invalid value: \"<secret contents redacted>\": invalid character 'a' "
            + "looking for beginning of value"
        ]
      ),
      (
        "kubernetes.io/basic-auth", [:],
        ["data[username]: Required value", "data[password]: Required value"]
      ),
      ("kubernetes.io/basic-auth", ["password": ""], []),
      ("kubernetes.io/ssh-auth", ["ssh-privatekey": ""], ["data[ssh-privatekey]: Required value"]),
      ("kubernetes.io/tls", ["tls.crt": ""], ["data[tls.key]: Required value"]),
    ] as [(String, JSON, [String])])
  func `A known type has its keys`(type: String, data: JSON, expected: [String]) {
    #expect(kind.creationErrors(["type": .string(type), "data": data]) == expected)
  }

  @Test func `The size is that of the decoded values`() {
    // 1 398 104 digits stand for 1 048 578 bytes.
    let digits = JSON.string(String(repeating: "AAAA", count: 349_526))
    #expect(
      kind.creationErrors(["data": ["a": digits]])
        == ["data: Too long: may not be more than 1048576 bytes"])
    let fewer = JSON.string(String(repeating: "AAAA", count: 349_525))
    #expect(kind.creationErrors(["data": ["a": fewer]]) == [])
  }

  @Test func `The type stays, and is kept where an update leaves it out`() {
    let old: JSON = ["type": "Opaque"]
    #expect(kind.updated(["data": [:]], old: old)["type"] == "Opaque")
    #expect(
      kind.updateErrors(["type": "example.com/b"], old: old)
        == ["type: Invalid value: \"example.com/b\": field is immutable"])
  }

  @Test func `An immutable one stays as it is`() {
    let old: JSON = ["type": "Opaque", "immutable": true, "data": ["a": ""]]
    #expect(
      kind.updateErrors(old.with("stringData", ["a": "1"]), old: old)
        == ["data: Forbidden: field is immutable when `immutable` is set"])
  }
}
