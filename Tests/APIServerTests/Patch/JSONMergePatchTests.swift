import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct JSONMergePatchTests {
  /// RFC 7386, appendix A, less the patches that are neither object nor array.
  @Test(arguments: [
    (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
    (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
    (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
    (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
    (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
    (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
    (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
    (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#),
    (#"{"a":"foo"}"#, #"{"b":{"c":null}}"#, #"{"a":"foo","b":{}}"#),
    ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    (#"{"a":"foo"}"#, #"["c"]"#, #"["c"]"#),
    ("{}", #"{"a":[null,{"b":null}]}"#, #"{"a":[null,{}]}"#),
  ])
  func `members are replaced and nulls remove`(
    document: String, patch: String, expected: String
  ) throws {
    let result = try JSONMergePatch.apply(
      JSON(parsing: patch), to: JSON(parsing: document), schema: Sample.service)
    #expect(result.text == expected)
  }

  @Test(arguments: ["null", "1", #""a""#, "true"])
  func `a patch is an object or an array`(patch: String) {
    #expect(throws: APIStatus.badRequest("Invalid JSON Patch")) {
      try JSONMergePatch.apply(JSON(parsing: patch), to: [:], schema: Sample.service)
    }
  }
}
