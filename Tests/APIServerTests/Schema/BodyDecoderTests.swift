import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct BodyDecoderTests {
  private let decoder = BodyDecoder(catalogue: KindCatalogue([SampleServiceKind()]))

  private func decode(
    _ body: String, _ validation: FieldValidation = .strict
  ) throws(APIStatus) -> BodyDecoder.Decoded {
    try decoder.decode(Array(body.utf8), as: SampleServiceKind(), validation: validation)
  }

  @Test(arguments: [
    ("", "unexpected end of JSON input (<empty>)"),
    ("{", "unexpected end of JSON input ({)"),
    (#"{"a":}"#, #"invalid character '}' looking for beginning of value ({"a":})"#),
    (
      #"{"apiVersion":1,"metadata":{"name":"a"}}"#,
      #"json: cannot unmarshal number into Go struct field .apiVersion of type string "#
        + #"({"apiVersion":1,"metadata":{"n ...)"#
    ),
    (
      "5",
      "json: cannot unmarshal number into Go value of type struct { APIVersion string "
        + #""json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" } (35)"#
    ),
  ])
  func `a body that is no object is unrecognized`(body: String, problem: String) {
    let message =
      "the object provided is unrecognized (must be of type Service): "
      + "couldn't get version/kind; json parse error: " + problem
    #expect(throws: APIStatus.badRequest(message)) { try decode(body) }
  }

  @Test(arguments: [
    (
      #"{"apiVersion":"v2","kind":"Service"}"#,
      #"Service in version "v2" cannot be handled as a Service: no kind "Service" is registered "#
        + #"for version "v2" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30""#
    ),
    (
      #"{"apiVersion":"v1","kind":"ServiceList"}"#,
      #"ServiceList in version "v1" cannot be handled as a Service: "#
        + "converting (v1.ServiceList) to (core.Service): unknown conversion"
    ),
    (
      #"{"spec":{"ports":"x"}}"#,
      #"Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string "#
        + "into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort"
    ),
    (
      #"{"spec":{"foo":1,"ports":[{"port":80,"bar":2,"port":81}]},"foo":{}}"#,
      #"Service in version "v1" cannot be handled as a Service: strict decoding error: "#
        + #"unknown field "spec.foo", unknown field "spec.ports[0].bar", "#
        + #"duplicate field "spec.ports[0].port", unknown field "foo""#
    ),
  ])
  func `an object of another shape is refused`(body: String, message: String) {
    #expect(throws: APIStatus.badRequest(message)) { try decode(body) }
  }

  @Test func `under Warn each strict problem is a warning, in the order of the document`() throws {
    let body = #"""
      {"spec":{"foo":1,"foo":2,"ports":[{"port":80,"bar":2,"port":81}]},"foo":{},
       "metadata":{"labels":{"a":"1","a":"2"}}}
      """#
    let decoded = try decode(body, .warn)
    #expect(
      decoded.warnings == [
        #"unknown field "spec.foo""#, #"unknown field "spec.ports[0].bar""#,
        #"duplicate field "spec.ports[0].port""#, #"unknown field "foo""#,
        #"duplicate field "metadata.labels.a""#,
      ])
    #expect(decoded.object[path: "metadata", "labels", "a"] == "2")
    #expect(try decode(body, .ignore).warnings.isEmpty)
  }

  @Test func `type and defaults are filled in`() throws {
    let decoded = try decode(#"{"metadata":{"name":"a"},"spec":{"ports":[{"port":80}]}}"#)
    #expect(
      decoded.object.text
        == #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":"#
        + #"[{"port":80,"protocol":"TCP","targetPort":80}],"sessionAffinity":"None","#
        + #""type":"ClusterIP"},"status":{"loadBalancer":{}}}"#)
    #expect(try decode("null").object[path: "kind"] == "Service")
  }

  @Test func `the query parameter names a validation`() {
    let cases: [(String?, FieldValidation?)] = [
      (nil, .warn), ("", .warn), ("Strict", .strict), ("Ignore", .ignore), ("Warn", .warn),
      ("strict", nil),
    ]
    for (query, expected) in cases { #expect(FieldValidation(query: query) == expected) }
  }

  @Test func `a YAML body is read, with keys that come twice`() throws {
    let body = Array(
      "kind: Service\nfoo: 1\nmetadata:\n  name: a\n  name: b\n  name: c\n".utf8)
    let decoded = try decoder.decode(
      body, as: SampleServiceKind(), format: .yaml, validation: .warn)
    #expect(
      decoded.warnings == [
        #"line 5: key "name" already set in map"#, #"line 6: key "name" already set in map"#,
        #"unknown field "foo""#,
      ])
    #expect(decoded.object[path: "metadata", "name"] == "c")
    let message =
      #"Service in version "v1" cannot be handled as a Service: strict decoding error: "#
      + "yaml: unmarshal errors:\n  line 5: key \"name\" already set in map\n"
      + "  line 6: key \"name\" already set in map, unknown field \"foo\""
    #expect(throws: APIStatus.badRequest(message)) {
      try decoder.decode(body, as: SampleServiceKind(), format: .yaml, validation: .strict)
    }
    let broken =
      "the object provided is unrecognized (must be of type Service): "
      + "yaml: mapping values are not allowed in this context (613a20623a20630a)"
    #expect(throws: APIStatus.badRequest(broken)) {
      try decoder.decode(
        Array("a: b: c\n".utf8), as: SampleServiceKind(), format: .yaml, validation: .warn)
    }
  }
}
