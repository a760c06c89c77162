import APIServer
import JSONTree
import Testing

/// Messages of single types, with schemas of those members that matter.
@Suite struct ProtobufDecoderTests {
  private func decode(
    _ content: [[UInt8]], _ type: String, _ fields: [Field]
  ) throws -> JSON {
    let envelope = try ProtobufEnvelope(Wire.body("", "", content.flatMap(\.self)))
    return try ProtobufDecoder.decode(
      envelope, as: ObjectSchema("io.k8s.api.core.v1." + type, "A sample.") { fields })
  }

  @Test func `a zero that means nothing is left out, one that was set stays`() throws {
    let fields = [
      Field("name", .string, ""), Field("restartCount", .int32, ""), Field("ready", .boolean, ""),
      Field("started", .boolean, ""),
    ]
    let empty = [
      Wire.text(1, ""), Wire.varint(4, 0), Wire.varint(5, 0), Wire.varint(9, 0),
    ]
    #expect(try decode(empty, "ContainerStatus", fields) == ["started": false])
    let full = [
      Wire.text(1, "a"), Wire.varint(4, 1), Wire.varint(5, -2), Wire.varint(9, 1),
      Wire.text(1, "b"), Wire.text(99, "unknown"),
    ]
    #expect(
      try decode(full, "ContainerStatus", fields)
        == ["name": "b", "restartCount": -2, "ready": true, "started": true])
  }

  @Test func `pointers of every scalar type keep zero`() throws {
    let fields = [
      Field("activeDeadlineSeconds", .int64, ""), Field("priority", .int32, ""),
      Field("hostNetwork", .boolean, ""), Field("automountServiceAccountToken", .boolean, ""),
      Field("runtimeClassName", .string, ""), Field("terminationGracePeriodSeconds", .int64, ""),
      Field("restartPolicy", .string, ""), Field("nodeName", .string, ""),
    ]
    let content = [
      Wire.text(3, ""), Wire.varint(4, 0), Wire.varint(5, 0), Wire.text(10, ""),
      Wire.varint(11, 0), Wire.varint(21, 0), Wire.varint(25, 0), Wire.text(29, ""),
    ]
    #expect(
      try decode(content, "PodSpec", fields)
        == [
          "activeDeadlineSeconds": 0, "priority": 0, "automountServiceAccountToken": false,
          "runtimeClassName": "", "terminationGracePeriodSeconds": 0,
        ])
  }

  @Test func `embedded messages are members of the object around them`() throws {
    let localReference = [Field("name", .string, "")]
    let volumeSource = ObjectSchema("io.k8s.api.core.v1.ConfigMapVolumeSource", "A sample.") {
      localReference
      Field("defaultMode", .int32, "")
      Field("optional", .boolean, "")
    }
    let emptyDir = ObjectSchema("io.k8s.api.core.v1.EmptyDirVolumeSource", "A sample.") {
      Field("medium", .string, "")
      Field("sizeLimit", .quantity, "")
    }
    let fields = [
      Field("name", .string, ""), Field("configMap", .object(volumeSource), ""),
      Field("emptyDir", .object(emptyDir), ""),
    ]
    let configMap = Wire.message(
      2, Wire.message(19, Wire.message(1, Wire.text(1, "settings")), Wire.varint(3, 0)))
    #expect(
      try decode([Wire.text(1, "v"), configMap], "Volume", fields)
        == ["name": "v", "configMap": ["name": "settings", "defaultMode": 0]])
    let scratch = Wire.message(2, Wire.message(2, Wire.text(1, "")))
    #expect(
      try decode([Wire.text(1, "v"), scratch], "Volume", fields) == ["name": "v", "emptyDir": [:]])
    let bounded = Wire.message(2, Wire.message(2, Wire.message(2, Wire.text(1, "1Gi"))))
    #expect(
      try decode([bounded], "Volume", fields) == ["emptyDir": ["sizeLimit": "1Gi"]])
  }

  @Test(
    arguments: [
      (Wire.varint(1, 0) + Wire.varint(2, 8080) + Wire.text(3, ""), 8080),
      (Wire.varint(1, 1) + Wire.varint(2, 0) + Wire.text(3, "web"), "web"),
      (Wire.varint(1, 0) + Wire.varint(2, 0) + Wire.text(3, ""), 0),
    ] as [([UInt8], JSON)])
  func `a port is a number or a name`(port: [UInt8], expected: JSON) throws {
    let get = ObjectSchema("io.k8s.api.core.v1.HTTPGetAction", "A sample.") {
      Field("port", .intOrString, "")
    }
    let fields = [
      Field("httpGet", .object(get), ""), Field("initialDelaySeconds", .int32, ""),
    ]
    let content = [Wire.message(1, Wire.message(2, Wire.bytes(2, port))), Wire.varint(2, 3)]
    #expect(
      try decode(content, "Probe", fields)
        == ["httpGet": ["port": expected], "initialDelaySeconds": 3])
  }

  @Test func `maps hold texts, bytes and quantities, and the last entry of a key counts`() throws {
    let fields = [Field("data", .stringMap, ""), Field("binaryData", .map(.bytes), "")]
    let content = [
      Wire.message(2, Wire.text(1, "b"), Wire.text(2, "1")),
      Wire.message(2, Wire.text(1, "a"), Wire.text(2, "")), Wire.message(2, Wire.text(1, "c")),
      Wire.message(2, Wire.text(2, "2"), Wire.text(1, "b")),
      Wire.message(3, Wire.text(1, "x"), Wire.bytes(2, [0, 255])),
    ]
    #expect(
      try decode(content, "ConfigMap", fields)
        == ["data": ["a": "", "b": "2", "c": ""], "binaryData": ["x": "AP8="]])
    let limits = [Field("limits", .map(.quantity), "")]
    let entry = Wire.message(1, Wire.text(1, "cpu"), Wire.message(2, Wire.text(1, "100m")))
    #expect(
      try decode([entry], "ResourceRequirements", limits) == ["limits": ["cpu": "100m"]])
  }

  @Test func `lists keep zeros, and numbers may come packed`() throws {
    let strings = [Field("command", .strings, ""), Field("args", .strings, "")]
    #expect(
      try decode([Wire.text(3, "sh"), Wire.text(3, "")], "Container", strings)
        == ["command": ["sh", ""]])
    let values = [Field("values", .list(.int32), "")]
    let content = [
      Wire.varint(2, 7), Wire.bytes(2, Wire.bare(0) + Wire.bare(300)), Wire.bytes(2, []),
    ]
    #expect(
      try decode(content, "ContainerRestartRuleOnExitCodes", values) == ["values": [7, 0, 300]])
  }

  @Test(
    arguments: [
      ([], nil),
      (Wire.varint(1, 0) + Wire.varint(2, 0), "1970-01-01T00:00:00Z"),
      (Wire.varint(1, 1_700_000_000) + Wire.varint(2, 999), "2023-11-14T22:13:20Z"),
      (Wire.varint(1, -62_135_596_800), nil),
    ] as [([UInt8], JSON?)])
  func `a time is seconds since the epoch`(time: [UInt8], expected: JSON?) throws {
    let fields = [Field("startedAt", .time, "")]
    let object = try decode([Wire.bytes(1, time)], "ContainerStateRunning", fields)
    #expect(object["startedAt"] == expected)
  }

  @Test func `a time in microseconds loses the nanoseconds`() throws {
    let content = [Wire.message(2, Wire.varint(1, 1_700_000_000), Wire.varint(2, 1_234_567))]
    #expect(
      try decode(content, "EventSeries", [Field("lastObservedTime", .microTime, "")])
        == ["lastObservedTime": "2023-11-14T22:13:20.001234Z"])
  }

  @Test func `messages in pieces are merged`() throws {
    let config = ObjectSchema("io.k8s.api.core.v1.ObjectReference", "A sample.") {
      Field("kind", .string, "")
      Field("name", .string, "")
    }
    let fields = [Field("target", .object(config), "")]
    let content = [
      Wire.message(2, Wire.text(1, "Node"), Wire.text(3, "a")), Wire.message(2, Wire.text(3, "b")),
    ]
    #expect(try decode(content, "Binding", fields) == ["target": ["kind": "Node", "name": "b"]])
  }

  @Test func `field sets are JSON in bytes`() throws {
    let envelope = try ProtobufEnvelope(
      Wire.body("", "", Wire.message(7, Wire.text(1, #"{"f:data":{}}"#))))
    let schema = ObjectSchema("io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry", "") {
      Field("fieldsV1", .anyObject, "")
    }
    #expect(try ProtobufDecoder.decode(envelope, as: schema) == ["fieldsV1": ["f:data": [:]]])
  }

  @Test func `a value of another wire type is refused`() {
    let fields = [Field("name", .string, "")]
    #expect(throws: ProtobufError("proto: wrong wireType = 0 for field Name")) {
      try decode([Wire.varint(1, 1)], "Container", fields)
    }
    #expect(throws: ProtobufError("Time.MarshalJSON: year outside of range [0,9999]")) {
      try decode(
        [Wire.message(1, Wire.varint(1, .max))], "ContainerStateRunning",
        [Field("startedAt", .time, "")])
    }
  }
}
