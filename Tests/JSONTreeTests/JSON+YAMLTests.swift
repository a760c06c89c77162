import JSONTree
import Testing

struct YAMLTests {
  @Test(arguments: [
    ("a: 1", #"{"a":1}"#), ("a: -0x1F", #"{"a":-31}"#), ("a: 0755", #"{"a":493}"#),
    ("a: 0o17", #"{"a":15}"#), ("a: 0b101", #"{"a":5}"#), ("a: 1_000", #"{"a":1000}"#),
    ("a: 1.5", #"{"a":1.5}"#), ("a: 1e3", #"{"a":1000}"#), ("a: 1.2.3", #"{"a":"1.2.3"}"#),
    ("a: 10.0.0.1", #"{"a":"10.0.0.1"}"#), ("a: 12ab", #"{"a":"12ab"}"#),
    ("a:\n-", #"{"a":[null]}"#), ("a: 'yes'", #"{"a":"yes"}"#), ("a: yes", #"{"a":true}"#),
    ("a: Off", #"{"a":false}"#), ("a: y", #"{"a":true}"#), ("a: \"1\"", #"{"a":"1"}"#),
    ("a: !!str 1", #"{"a":"1"}"#), ("a: ~", #"{"a":null}"#), ("a:", #"{"a":null}"#),
    ("a: |\n  x\n  y\n", #"{"a":"x\ny\n"}"#), ("1: a\ntrue: b", #"{"1":"a","true":"b"}"#),
    ("- a\n- {b: [1, 2]}", #"["a",{"b":[1,2]}]"#),
    ("a: &x {k: 1}\nb: *x", #"{"a":{"k":1},"b":{"k":1}}"#),
    ("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", #"{"a":{"k":1,"l":2},"b":{"k":3,"l":2}}"#),
    (#"{"a": [1, "two", null]}"#, #"{"a":[1,"two",null]}"#),
    ("a: 2001-01-01", #"{"a":"2001-01-01"}"#),
  ])
  func plainScalarsHaveTheTypesKubernetesGivesThem(yaml: String, json: String) throws {
    #expect(try JSON(yaml: yaml).text == json)
  }

  @Test func documentsAreSeparatedAndEmptyOnesLeftOut() throws {
    let text = "---\na: 1\n---\n# nothing\n---\nb: 2\n...\n"
    #expect(try JSON.documents(yaml: text) == [["a": 1], ["b": 2]])
    #expect(try JSON.documents(yaml: "") == [])
    #expect(throws: YAMLParseError.self) { try JSON(yaml: text) }
  }

  @Test(arguments: [
    "a: [1", "a: b: c", "\ta: 1", "a: *x", "a: 1\na: 2", "? [a]\n: b", "a: {<<: 1}",
  ])
  func brokenTextsAreRefused(yaml: String) {
    let error = #expect(throws: YAMLParseError.self) { try JSON(yaml: yaml) }
    #expect(error?.message.hasPrefix("yaml: ") == true)
  }

  @Test func aliasesCannotGrowWithoutBound() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let previous = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(previous)]\n"
    }
    let error = #expect(throws: YAMLParseError.self) { try JSON(yaml: text) }
    #expect(error?.message == "yaml: document contains excessive aliasing")
  }

  /// What is expected here is what kube-apiserver 1.36 answered to the same texts.
  @Test(arguments: [
    ("a:\n\tb: 1\n", "yaml: line 2: found character that cannot start any token"),
    ("a: 1\nb: [\n", "yaml: line 2: did not find expected node content"),
    ("a: 1\nb: 'x\n", "yaml: line 3: found unexpected end of stream"),
    ("a:\n  b: 1\n c: 2\n", "yaml: line 2: did not find expected key"),
    ("a: *x\n", "yaml: unknown anchor 'x' referenced"),
    ("a: @x\n", "yaml: found character that cannot start any token"),
    ("a: b: c\n", "yaml: mapping values are not allowed in this context"),
    ("{\"a\":1", "yaml: line 1: did not find expected ',' or '}'"),
    ("a: &x [*x]", "yaml: anchor 'x' value contains itself"),
    ("~: b", "unsupported map key of type: %!s(<nil>), key: <nil>"),
    ("a: .inf", "json: unsupported value: .inf"),
  ])
  func errorsAreThoseOfKubernetes(yaml: String, message: String) {
    var notes = JSONParseNotes()
    #expect(throws: YAMLParseError(message: message)) {
      try JSON(yaml: Array(yaml.utf8), notes: &notes)
    }
  }

  @Test func keysThatComeTwiceAreNotedAndTheLastWins() throws {
    var notes = JSONParseNotes()
    let text = "a:\n  b: 1\n  b: 2\n  b: 3\nc: {d: 1, d: 2}\n"
    let value = try JSON(yaml: Array(text.utf8), notes: &notes)
    #expect(value.text == #"{"a":{"b":3},"c":{"d":2}}"#)
    #expect(
      notes.duplicateKeys == [
        #"line 3: key "b" already set in map"#, #"line 4: key "b" already set in map"#,
        #"line 5: key "d" already set in map"#,
      ])
  }

  @Test func onlyTheFirstDocumentOfARequestIsRead() throws {
    var notes = JSONParseNotes()
    #expect(try JSON(yaml: Array("a: 1\n---\n[broken".utf8), notes: &notes) == ["a": 1])
    #expect(try JSON(yaml: Array("# nothing".utf8), notes: &notes) == .null)
  }

  @Test func nestingIsBounded() {
    for text in [
      String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000),
      String(repeating: "{a: ", count: 100_000), String(repeating: "? ", count: 100_000),
    ] {
      #expect(throws: YAMLParseError.self) { try JSON(yaml: text) }
    }
  }
}
