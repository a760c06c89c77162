import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct JSONPatchTests {
  private func apply(_ patch: String, to document: String) throws -> String {
    try JSONPatch.apply(
      JSON(parsing: patch), to: JSON(parsing: document), schema: Sample.service
    ).text
  }

  @Test(arguments: [
    // Examples of RFC 6902, appendix A
    (
      #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#,
      #"{"baz":"qux","foo":"bar"}"#
    ),
    (
      #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
      #"{"foo":["bar","qux","baz"]}"#
    ),
    (#"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
    (
      #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#,
      #"{"foo":["bar","baz"]}"#
    ),
    (
      #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#,
      #"{"baz":"boo","foo":"bar"}"#
    ),
    (
      #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
      #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
      #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
    ),
    (
      #"{"foo":["all","grass","cows","eat"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
      #"{"foo":["all","cows","eat","grass"]}"#
    ),
    (
      #"{"baz":"qux","foo":["a",2,"c"]}"#,
      #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
      #"{"baz":"qux","foo":["a",2,"c"]}"#
    ),
    (
      #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
      #"{"child":{"grandchild":{}},"foo":"bar"}"#
    ),
    (#"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
    (
      #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc"]}]"#,
      #"{"foo":["bar",["abc"]]}"#
    ),
    // Liberties of the implementation in kube-apiserver
    (#"{}"#, #"[{"op":"replace","path":"/a","value":1}]"#, #"{"a":1}"#),
    (#"{"a":[1,2]}"#, #"[{"op":"remove","path":"/a/-1"}]"#, #"{"a":[1]}"#),
    (#"{"a":[1,2]}"#, #"[{"op":"add","path":"/a/-1","value":3}]"#, #"{"a":[1,2,3]}"#),
    (#"{}"#, #"[{"op":"test","path":"/a","value":null}]"#, #"{}"#),
    (#"{}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"b":null}"#),
    (#"{"a":1}"#, #"[{"op":"replace","path":"","value":[]}]"#, "[]"),
    (#"{"a":1}"#, "null", #"{"a":1}"#),
  ])
  func `operations change the document`(document: String, patch: String, expected: String) throws {
    #expect(try apply(patch, to: document) == expected)
  }

  @Test(arguments: [
    #"[{"op":"test","path":"/a","value":2}]"#, #"[{"op":"test","path":"/a","value":1.0}]"#,
    #"[{"op":"remove","path":"/b"}]"#, #"[{"op":"remove","path":""}]"#,
    #"[{"op":"add","path":"/b/c","value":1}]"#, #"[{"op":"add","path":"/l/3","value":1}]"#,
    #"[{"op":"add","path":"/l/x","value":1}]"#, #"[{"op":"remove","path":"/l/2"}]"#,
    #"[{"op":"remove","path":"/l/-3"}]"#, #"[{"op":"replace","path":"/l/2","value":1}]"#,
    #"[{"op":"move","from":"/b","path":"/a"}]"#, #"[{"op":"move","path":"/a"}]"#,
    #"[{"op":"foo","path":"/a"}]"#, #"[{"path":"/a"}]"#, #"[{"op":"add"}]"#, "[null]",
    #"[{"op":"replace","path":"","value":1}]"#, #"[{"op":"test","path":"","value":1}]"#,
    #"[{"op":"add","path":"/a/b","value":1}]"#, #"[{"op":"copy","path":"/a"}]"#,
  ])
  func `an operation that does not apply refuses the patch`(patch: String) {
    #expect(throws: APIStatus.patchDoesNotApply) { try apply(patch, to: #"{"a":1,"l":[1,2]}"#) }
  }

  @Test func `patches are bounded in operations and in copied bytes`() throws {
    let operation: JSON = ["op": "test", "path": "/a", "value": 1]
    let patch = JSON.array(Array(repeating: operation, count: JSONPatch.maximumOperations))
    #expect(throws: Never.self) {
      try JSONPatch.apply(patch, to: ["a": 1], schema: Sample.service)
    }
    let larger = JSON.array(Array(repeating: operation, count: JSONPatch.maximumOperations + 1))
    #expect(
      performing: { try JSONPatch.apply(larger, to: ["a": 1], schema: Sample.service) },
      throws: { ($0 as? APIStatus)?.code == 413 })
    // Doubles each time: without a bound this would be 2⁴⁰ bytes.
    let doubling: JSON = ["op": "copy", "from": "/l", "path": "/l/-"]
    #expect(throws: APIStatus.patchDoesNotApply) {
      try JSONPatch.apply(
        .array(Array(repeating: doubling, count: 40)), to: ["l": ["a"]], schema: Sample.service)
    }
  }
}
