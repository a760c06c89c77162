import APIServer
import JSONTree
import Testing

@Suite struct SchemaDecoderTests {
  private func decode(_ text: String, _ schema: ObjectSchema) throws -> SchemaDecoder.Decoded {
    try SchemaDecoder.decode(JSON(parsing: text), as: schema)
  }

  @Test(arguments: [
    (#"{"spec":{"ports":"x"}}"#, "string", "ServiceSpec.spec.ports", "[]v1.ServicePort"),
    (#"{"spec":{"ports":[{"port":"x"}]}}"#, "string", "ServicePort.spec.ports.port", "int32"),
    (#"{"spec":{"ports":[{"port":1.5}]}}"#, "number 1.5", "ServicePort.spec.ports.port", "int32"),
    (
      #"{"spec":{"ports":[{"port":99999999999}]}}"#, "number 99999999999",
      "ServicePort.spec.ports.port", "int32"
    ),
    (
      #"{"spec":{"ports":[{"targetPort":true}]}}"#, "bool", "ServicePort.spec.ports.targetPort",
      "int32"
    ),
    (#"{"spec":{"ports":[1]}}"#, "number", "ServiceSpec.spec.ports", "v1.ServicePort"),
    (#"{"spec":{"selector":{"a":1}}}"#, "number", "ServiceSpec.spec.selector", "string"),
    (#"{"spec":{"selector":"a"}}"#, "string", "ServiceSpec.spec.selector", "map[string]string"),
    (#"{"spec":[]}"#, "array", "Service.spec", "v1.ServiceSpec"),
    (#"{"spec":{"type":1}}"#, "number", "ServiceSpec.spec.type", "v1.ServiceType"),
    (#"{"spec":{"ipFamilies":"IPv4"}}"#, "string", "ServiceSpec.spec.ipFamilies", "[]v1.IPFamily"),
    (#"{"spec":{"ipFamilies":[4]}}"#, "number", "ServiceSpec.spec.ipFamilies", "v1.IPFamily"),
    (#"{"spec":{"clusterIPs":[1]}}"#, "number", "ServiceSpec.spec.clusterIPs", "string"),
    (
      #"{"spec":{"publishNotReadyAddresses":"yes"}}"#, "string",
      "ServiceSpec.spec.publishNotReadyAddresses", "bool"
    ),
    (
      #"{"spec":{"sessionAffinityConfig":{"clientIP":{"timeoutSeconds":"1"}}}}"#, "string",
      "ClientIPConfig.spec.sessionAffinityConfig.clientIP.timeoutSeconds", "int32"
    ),
    (#"{"metadata":{"labels":{"a":true}}}"#, "bool", "ObjectMeta.metadata.labels", "string"),
    (
      #"{"metadata":{"creationTimestamp":1}}"#, "number", "ObjectMeta.metadata.creationTimestamp",
      "string"
    ),
    (#"{"metadata":{"generation":"1"}}"#, "string", "ObjectMeta.metadata.generation", "int64"),
  ])
  func `a value of the wrong type is refused in the words of Go's decoder`(
    text: String, found: String, field: String, goType: String
  ) {
    #expect(
      performing: { try decode(text, Sample.service) },
      throws: { error in
        (error as? DecodingProblem)?.message
          == "json: cannot unmarshal \(found) into Go struct field \(field) of type \(goType)"
      })
  }

  @Test(arguments: [
    (#"{"bytes":"*"}"#, "illegal base64 data at input byte 0"),
    (#"{"bytes":"YQ"}"#, "illegal base64 data at input byte 0"),
    (#"{"bytes":"YWJj*A=="}"#, "illegal base64 data at input byte 4"),
    (#"{"bytes":"YQ==YQ=="}"#, "illegal base64 data at input byte 4"),
    (
      #"{"quantities":{"cpu":"x"}}"#,
      "quantities must match the regular expression "
        + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    ),
    (
      #"{"quantities":{"cpu":true}}"#,
      "quantities must match the regular expression "
        + "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    ),
    (#"{"quantities":{"cpu":"1Zi"}}"#, "quantities must match"),
    (#"{"quantities":{"cpu":"1Mm"}}"#, "unable to parse quantity's suffix"),
    (
      #"{"time":"x"}"#,
      #"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#
    ),
    (
      #"{"time":""}"#,
      #"parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#
    ),
    (
      #"{"time":"2020-01-01"}"#,
      #"parsing time "2020-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#
    ),
    (
      #"{"time":"2020-13-01T00:00:00Z"}"#,
      #"parsing time "2020-13-01T00:00:00Z": month out of range"#
    ),
    (
      #"{"time":"2021-02-29T00:00:00Z"}"#, #"parsing time "2021-02-29T00:00:00Z": day out of range"#
    ),
    (
      #"{"time":"2020-01-01T00:00:00Zx"}"#,
      #"parsing time "2020-01-01T00:00:00Zx": extra text: "x""#
    ),
    (
      #"{"micro":"2020-01-01T00:00:00Z"}"#,
      #"parsing time "2020-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": "#
        + #"cannot parse "Z" as ".000000""#
    ),
  ])
  func `text in the wrong form is refused in the words of its type`(text: String, message: String) {
    #expect(
      performing: { try decode(text, Sample.everything) },
      throws: { ($0 as? DecodingProblem)?.message.hasPrefix(message) ?? false })
  }

  @Test(arguments: [
    (
      #"{"quantities":{"a":0.5,"b":"1024Mi","c":1000,"d":" 1 "}}"#,
      #"{"quantities":{"a":"500m","b":"1Gi","c":"1k","d":"1"},"required":[]}"#
    ),
    (
      #"{"bytes":"YWI\nj","bytesMap":{"a":null,"b":"YR=="}}"#,
      #"{"bytes":"YWIj","bytesMap":{"a":"","b":"YQ=="},"required":[]}"#
    ),
    (
      #"{"bytes":[97,98,99,100],"bytesMap":{"a":[],"b":[null]}}"#,
      #"{"bytes":"YWJjZA==","bytesMap":{"a":"","b":"AA=="},"required":[]}"#
    ),
    (
      #"{"time":"2020-01-01T01:02:03.999+01:00","micro":"2020-01-01T00:00:00.123456Z"}"#,
      #"{"micro":"2020-01-01T00:00:00.123456Z","required":[],"time":"2020-01-01T00:02:03Z"}"#
    ),
    (
      #"{"nested":[null,{"name":""}],"lists":[[1],null]}"#,
      #"{"lists":[[1],[]],"nested":[{},{}],"required":[]}"#
    ),
    (
      #"{"kept":"","bool":false,"int64":0,"raw":{},"any":[1,"a",null]}"#,
      #"{"any":[1,"a",null],"bool":false,"int64":0,"kept":"","raw":{},"required":[]}"#
    ),
    (#"{"bool":null,"int64":null,"nested":null,"raw":null,"time":null}"#, #"{"required":[]}"#),
    (
      #"{"number":1,"int64":9223372036854775807}"#,
      #"{"int64":9223372036854775807,"number":1,"required":[]}"#
    ),
  ])
  func `values take their canonical form`(text: String, expected: String) throws {
    var value = try JSON(parsing: text)
    value["required"] = []
    #expect(try SchemaDecoder.decode(value, as: Sample.everything).value.text == expected)
  }

  @Test func `members that hold nothing are dropped as their field says`() throws {
    let text = #"""
      {"metadata":{"name":"a","labels":{},"finalizers":[],"generation":0},
       "spec":{"clusterIP":"","ports":[{"port":0,"nodePort":0,"name":""}],"selector":{},
               "publishNotReadyAddresses":false}}
      """#
    #expect(
      try decode(text, Sample.service).value.text
        == #"{"metadata":{"name":"a"},"spec":{"ports":[{"port":0}]}}"#)
  }

  @Test func `unknown members are pruned and their paths noted`() throws {
    let text = #"""
      {"foo":{"bar":1},"metadata":{"labels":{"x":"y"},"q":1},
       "spec":{"a":null,"ports":[{"port":1},{"bar":2,"port":2,"zz":[]}],"z":1}}
      """#
    let decoded = try decode(text, Sample.service)
    #expect(
      decoded.unknownFields == [
        "foo", "metadata.q", "spec.a", "spec.ports[1].bar", "spec.ports[1].zz", "spec.z",
      ])
    #expect(
      decoded.value.text
        == #"{"metadata":{"labels":{"x":"y"}},"spec":{"ports":[{"port":1},{"port":2}]}}"#)
  }

  @Test func `no more than a hundred unknown members are noted`() throws {
    let members = (0..<500).map { #""x\#($0)":1"# }.joined(separator: ",")
    #expect(try decode("{\(members)}", Sample.service).unknownFields.count == 100)
  }
}
