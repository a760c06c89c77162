import KubernetesAPI
import Testing

/// What is expected here is what kube-apiserver 1.36 answered to the same queries.
@Suite struct FieldSelectorTests {
  @Test(arguments: [
    ("a=b", "a==b"), ("a==b", "a==b"), ("a!=b", "a!=b"), ("b=1,a=2", "a==2 b==1"), ("", ""),
    ("a=b,", "a==b"), (",a=b", "a==b"), (#"a=b\,c"#, "a==b,c"), (#"a=b\=c"#, "a==b=c"),
    (#"a=b\\"#, #"a==b\"#), ("a=", "a=="), ("=", ""), (" a = b", " a == b"),
  ])
  func `a query is a list of requirements`(query: String, expected: String) throws {
    let shown = try FieldSelector(query: query).requirements.map {
      $0.field + ($0.isEqual ? "==" : "!=") + $0.value
    }
    #expect(shown.joined(separator: " ") == expected)
  }

  @Test(arguments: [
    ("foo", "invalid selector: 'foo'; can't understand 'foo'"),
    ("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
    ("a=b=c", "invalid field selector: unescaped character in value: 61"),
    (#"metadata.name=a\x"#, #"invalid field selector: invalid escape sequence: \x"#),
    ("metadata.name=a=b", "invalid field selector: unescaped character in value: 61"),
    (#"metadata.name=a\"#, #"invalid field selector: invalid escape sequence: \"#),
    ("!a", "invalid selector: '!a'; can't understand '!a'"),
    (
      "metadata.name in (a)",
      "invalid selector: 'metadata.name in (a)'; can't understand 'metadata.name in (a)'"
    ),
  ])
  func `a query that cannot be read says why`(query: String, message: String) {
    #expect(throws: APIStatus.badRequest(message)) { try FieldSelector(query: query) }
  }

  @Test(arguments: [
    ("foo=bar", "field label not supported: foo"),
    ("=a", "field label not supported: "),
    ("metadata.name=a,foo=b", "field label not supported: foo"),
    (" metadata.name = a", "field label not supported:  metadata.name "),
  ])
  func `fields that the kind does not offer are refused`(query: String, message: String) throws {
    let selector = try FieldSelector(query: query)
    #expect(throws: APIStatus.badRequest(message)) {
      try selector.require(onlyFields: ["metadata.name", "metadata.namespace"])
    }
  }

  @Test func `all requirements must hold`() throws {
    let selector = try FieldSelector(query: "a=1,b!=2")
    #expect(selector.matches { $0 == "a" ? "1" : "" })
    #expect(!selector.matches { $0 == "a" ? "1" : "2" })
    #expect(!selector.matches { _ in "" })
    #expect(FieldSelector().isEmpty)
  }
}
