import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct PatchRequestTests {
  private let decoder = BodyDecoder(catalogue: KindCatalogue([SampleServiceKind()]))
  private let current: JSON = [
    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"],
    "spec": ["ports": [["port": 80]]],
  ]

  private func apply(
    _ type: PatchType, _ body: String, _ validation: FieldValidation = .strict
  ) throws(APIStatus) -> BodyDecoder.Decoded {
    try PatchRequest(type: type, body: Array(body.utf8), validation: validation)
      .apply(to: current, as: SampleServiceKind(), decoder: decoder)
  }

  @Test(arguments: [
    (
      PatchType.json, "x", FieldValidation.strict,
      "error decoding patch: invalid character 'x' looking for beginning of value"
    ),
    (
      .json, #"{"op":"foo"}"#, .strict,
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
    ),
    (
      .json, #"{"op":"foo"}"#, .ignore,
      "json: cannot unmarshal object into Go value of type jsonpatch.Patch"
    ),
    (
      .json, #"["x"]"#, .strict,
      "error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp"
    ),
    (
      .json, #"["x"]"#, .ignore,
      "json: cannot unmarshal string into Patch.0 of type jsonpatch.Operation"
    ),
    (
      .json, #"[{"op":1}]"#, .warn,
      "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string"
    ),
    (
      .merge, "[]", .strict,
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
    ),
    (.merge, "{", .strict, "error decoding patch: unexpected end of JSON input"),
    (.merge, "{", .ignore, "Invalid JSON Patch"),
    (.merge, "null", .strict, "Invalid JSON Patch"),
    (.strategicMerge, "{", .strict, "unexpected end of JSON input"),
    (
      .strategicMerge, "[]", .strict,
      "json: cannot unmarshal array into Go value of type map[string]interface {}"
    ),
  ])
  func `what is no patch is a bad request`(
    type: PatchType, body: String, validation: FieldValidation, message: String
  ) {
    #expect(throws: APIStatus.badRequest(message)) { try apply(type, body, validation) }
  }

  @Test(arguments: [
    (
      PatchType.merge, #"{"spec":{"ports":"x"}}"#,
      "json: cannot unmarshal string into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort"
    ),
    (
      .merge, #"{"spec":{"foo":"x","foo":1}}"#,
      #"strict decoding error: duplicate field "spec.foo", unknown field "spec.foo""#
    ),
    (
      .merge, #"{"kind":"ServiceList"}"#,
      "converting (v1.ServiceList) to (core.Service): unknown conversion"
    ),
    (
      .merge, #"{"kind":5}"#,
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string"
    ),
    (
      .json, #"[{"op":"add","path":"/spec/foo","value":1,"bar":2}]"#,
      #"strict decoding error: json patch unknown field "[0].bar", unknown field "spec.foo""#
    ),
    (.strategicMerge, #"{"spec":{"ports":"x"}}"#, "cannot restore slice from string"),
    (
      .strategicMerge, #"{"spec":{"ports":[{"port":80,"nodePort":"x"}]}}"#,
      "unrecognized type: int32"
    ),
    (
      .strategicMerge, #"{"spec":{"ports":[{"port":80,"nodePort":8.5}]}}"#,
      "cannot convert float64 to int32"
    ),
    (.strategicMerge, #"{"spec":{"selector":5}}"#, "cannot restore map from int64"),
    (.strategicMerge, #"{"spec":{"selector":{"a":5}}}"#, "cannot convert int64 to string"),
    (.strategicMerge, #"{"spec":{"selector":{"a":true}}}"#, "unrecognized type: string"),
    (.strategicMerge, #"{"spec":[]}"#, "cannot restore struct from: slice"),
    (.strategicMerge, #"{"spec":{"type":5}}"#, "cannot convert int64 to v1.ServiceType"),
    (.strategicMerge, #"{"spec":{"publishNotReadyAddresses":5}}"#, "unrecognized type: bool"),
    (
      .strategicMerge, #"{"spec":{"foo":5},"bar":1}"#,
      #"strict decoding error: unknown field "bar", unknown field "spec.foo""#
    ),
  ])
  func `an outcome that is no object of the kind is invalid`(
    type: PatchType, body: String, problem: String
  ) {
    #expect(
      performing: { try apply(type, body) },
      throws: { error in
        guard let status = error as? APIStatus else { return false }
        return status.code == 422
          && status.message.hasPrefix(#" "" is invalid: patch: Invalid value: "#)
          && status.message.hasSuffix(": " + problem) && status.details?.causes.count == 1
      })
  }

  @Test func `a strategic merge shows the patch, the others what came of it`() {
    #expect(
      performing: { try apply(.strategicMerge, #"{"spec":{"ports":"x"}}"#) },
      throws: { ($0 as? APIStatus)?.message.contains(#""map[spec:map[ports:x]]""#) ?? false })
    #expect(
      performing: { try apply(.merge, #"{"spec":{"ports":"x"}}"#) },
      throws: { ($0 as? APIStatus)?.message.contains(#"\"name\":\"s\""#) ?? false })
  }

  @Test func `an outcome is pruned and defaulted, and what was wrong is warned of`() throws {
    let decoded = try apply(.strategicMerge, #"{"spec":{"foo":1,"ports":[{"port":81}]}}"#, .warn)
    #expect(decoded.warnings == [#"unknown field "spec.foo""#])
    #expect(
      decoded.object["spec"]?.text
        == #"{"ports":[{"port":81,"protocol":"TCP","targetPort":81},"#
        + #"{"port":80,"protocol":"TCP","targetPort":80}],"sessionAffinity":"None","#
        + #""type":"ClusterIP"}"#)
    #expect(try apply(.strategicMerge, #"{"kind":"Pod"}"#).object["kind"] == "Service")
  }

  @Test func `other media types are not supported`() throws {
    #expect(try PatchType(contentType: "application/merge-patch+json; charset=utf-8") == .merge)
    #expect(
      performing: { try PatchType(contentType: "application/json") },
      throws: { ($0 as? APIStatus)?.code == 415 })
  }
}
