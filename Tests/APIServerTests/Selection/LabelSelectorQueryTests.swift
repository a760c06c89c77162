import APIServer
import KubernetesAPI
import Testing

/// What is expected here is what kube-apiserver 1.36 answered to the same queries.
@Suite struct LabelSelectorQueryTests {
  @Test(arguments: [
    ("a=b", "a in [b]"), ("a==b", "a in [b]"), ("a!=b", "a notIn [b]"), ("a", "a exists []"),
    ("!a", "a doesNotExist []"), ("a=", "a in []"), ("a>1", "a greaterThan [1]"),
    ("a<1", "a lessThan [1]"), ("a in (c,b)", "a in [b,c]"), ("a notin (b)", "a notIn [b]"),
    ("a in ()", "a in []"), ("a in (b,)", "a in [,b]"), ("a in (,b)", "a in [,b]"),
    ("a in (b,,c)", "a in [,b,c]"), ("in in (in)", "in in [in]"), ("notin", "notin exists []"),
    (" a = b , !c ", "a in [b] c doesNotExist []"), ("", ""), ("x.y/a=b", "x.y/a in [b]"),
    ("a,b,a", "a exists [] b exists [] a exists []"),
  ])
  func `a query is a list of requirements`(query: String, expected: String) throws {
    let shown = try LabelSelector(query: query).requirements.map {
      "\($0.key) \($0.operator) [\($0.values.joined(separator: ","))]"
    }
    #expect(shown.joined(separator: " ") == expected)
  }

  @Test(arguments: [
    (
      "a<x",
      #"unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer"#
    ),
    ("a=b,", "found '', expected: identifier after ','"),
    (",a=b", "found ',', expected: !, identifier, or 'end of string'"),
    ("a=b,,c", "found ',', expected: identifier after ','"),
    ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
    ("a in b", "unable to parse requirement: found 'b' expected: '('"),
    ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
    ("!a=b", "found '=', expected: ',' or 'end of string'"),
    ("!", "unable to parse requirement: found '', expected: identifier"),
    ("=b", "found '=', expected: !, identifier, or 'end of string'"),
    ("a=b=c", "found '=', expected: ',' or 'end of string'"),
    (
      "a=-x",
      #"unable to parse requirement: values[0][a]: Invalid value: "-x": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"#
    ),
    (
      "-a=x",
      #"unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"#
    ),
    (
      "a/b/c=x",
      #"unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"#
    ),
    ("a notin", "unable to parse requirement: found '' expected: '('"),
    ("a in (b) c", "found 'c', expected: ',' or 'end of string'"),
    (
      "a>",
      #"unable to parse requirement: values[0]: Invalid value: "": for 'Gt', 'Lt' operators, the value must be an integer"#
    ),
    ("a=b)", "found ')', expected: ',' or 'end of string'"),
    ("(a=b", "found '(', expected: !, identifier, or 'end of string'"),
    (
      "a=@",
      #"unable to parse requirement: values[0][a]: Invalid value: "@": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"#
    ),
    ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
    ("!=b", "found '!=', expected: !, identifier, or 'end of string'"),
    ("a!", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"),
    ("a!b", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"),
    ("a>>1", "unable to parse requirement: found '>', expected: identifier"),
    ("a=>b", "unable to parse requirement: found '>', expected: identifier"),
    ("!!a", "unable to parse requirement: found '!', expected: identifier"),
    (
      "é=b",
      #"unable to parse requirement: <nil>: Invalid value: "é": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"#
    ),
    (
      "a in (@,b)",
      #"unable to parse requirement: values[0][a]: Invalid value: "@": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"#
    ),
    (
      #"a=="b""#,
      #"unable to parse requirement: values[0][a]: Invalid value: "\"b\"": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"#
    ),
    ("a in", "unable to parse requirement: found '' expected: '('"),
    ("a in ((b)", "unable to parse requirement: found '(', expected: ',', ')' or identifier"),
    (
      "a exists",
      "unable to parse requirement: found 'exists', expected: in, notin, =, ==, !=, gt, lt"
    ),
    ("a=b c", "found 'c', expected: ',' or 'end of string'"),
  ])
  func `a query that cannot be read says why`(query: String, message: String) {
    #expect(throws: APIStatus.badRequest(message)) { try LabelSelector(query: query) }
  }

  @Test(arguments: [
    "a=b",
    "a in (b,c),d notin (e),!f,g",
    "a=",
    "a",
    "!a",
    "a==b",
    "a!=b",
    "a>1",
    "a in ()",
    "a in (b,)",
    "a in (,b)",
    "a in (b,,c)",
    "in in (in)",
    "a=in",
    "notin",
    "a>1,b",
    " a = b , c ",
    "a,b,a",
    "a>1 ",
    "a>1,2",
  ])
  func `queries that Kubernetes reads are read`(query: String) throws {
    _ = try LabelSelector(query: query)
  }

  @Test func `keys and values are bounded`() {
    let long = String(repeating: "a", count: 64)
    #expect(
      throws: APIStatus.badRequest(
        "unable to parse requirement: <nil>: Invalid value: \"\(long)\": "
          + "name part must be no more than 63 bytes")
    ) { try LabelSelector(query: long) }
    #expect(
      throws: APIStatus.badRequest(
        "unable to parse requirement: values[0][x]: Invalid value: \"\(long)\": "
          + "must be no more than 63 bytes")
    ) { try LabelSelector(query: "x=" + long) }
  }
}
