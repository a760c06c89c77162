import APIServer
import JSONTree
import Testing

@Suite struct ConfigMapTests {
  let kind = ConfigMapKind()

  static let config: JSON = [
    "metadata": ["name": "app", "creationTimestamp": "2025-12-31T23:00:00Z"],
    "data": ["a": "1", "b.conf": "2"], "binaryData": ["c": "AAEC"],
  ]

  @Test func `It prints the number of its keys`() {
    #expect(kind.row(Self.config) == ["app", "3", "60m"])
  }

  @Test func `A good one is accepted`() {
    #expect(kind.creationErrors(Self.config) == [])
  }

  @Test func `Keys are checked and stand in one map only`() {
    let errors = kind.creationErrors(["data": ["a/b": "", "c": ""], "binaryData": ["c": ""]])
    #expect(errors.count == 2)
    #expect(
      errors.first?.hasPrefix("data[a/b]: Invalid value: \"a/b\": a valid config key") == true)
    #expect(
      errors.last == "data[c]: Invalid value: \"c\": duplicate of key present in binaryData")
  }

  @Test func `More than a mebibyte is too long`() {
    let half = JSON.string(String(repeating: "x", count: 524_288))
    #expect(kind.creationErrors(["data": ["a": half, "b": half]]) == [])
    #expect(
      kind.creationErrors(["data": ["a": half, "b": half, "c": "x"]])
        == ["[]: Too long: may not be more than 1048576 bytes"])
  }

  @Test func `An immutable one stays as it is`() {
    let old = Self.config.with("immutable", true)
    let detail = "field is immutable when `immutable` is set"
    #expect(kind.updateErrors(old, old: old) == [])
    #expect(
      kind.updateErrors(Self.config.with("data", ["a": "2"]), old: old)
        == ["immutable: Forbidden: \(detail)", "data: Forbidden: \(detail)"])
    #expect(
      kind.updateErrors(old.with("binaryData", nil), old: old)
        == ["binaryData: Forbidden: \(detail)"])
  }
}
