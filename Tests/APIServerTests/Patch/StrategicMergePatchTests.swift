import APIServer
import JSONTree
import KubernetesAPI
import Testing

/// What is expected here is what kube-apiserver 1.36 answered to the same patches.
@Suite struct StrategicMergePatchTests {
  private let current: JSON = [
    "metadata": ["labels": ["a": "b"], "finalizers": ["x/y", "x/z"]],
    "spec": [
      "externalIPs": ["1.1.1.1"], "selector": ["a": "b"],
      "ports": [
        ["name": "http", "port": 80], ["name": "https", "port": 443],
        ["name": "dns", "port": 53, "protocol": "UDP"],
      ],
    ],
  ]

  private func apply(_ patch: String) throws -> JSON {
    try StrategicMergePatch.apply(JSON(parsing: patch), to: current, schema: Sample.service)
  }

  @Test(arguments: [
    ("null", "http/80 https/443 dns/53"),
    (#"{"spec":{"ports":[]}}"#, "http/80 https/443 dns/53"),
    (#"{"spec":{"ports":[{"$patch":"delete","port":80}]}}"#, "https/443 dns/53"),
    (#"{"spec":{"ports":[{"$patch":"replace"},{"name":"x","port":1}]}}"#, "x/1"),
    (
      #"{"spec":{"ports":[{"name":"new","port":8080},{"name":"h2","port":443}]}}"#,
      "new/8080 http/80 h2/443 dns/53"
    ),
    (
      #"{"spec":{"$setElementOrder/ports":[{"port":443},{"port":9},{"port":80}],"#
        + #""ports":[{"name":"n","port":9}]}}"#, "https/443 n/9 http/80 dns/53"
    ),
    (
      #"{"spec":{"$setElementOrder/ports":[{"port":443},{"port":80}]}}"#,
      "https/443 http/80 dns/53"
    ),
    (
      #"{"spec":{"$setElementOrder/ports":[{"port":53}],"ports":[{"$patch":"delete","port":80}]}}"#,
      "https/443 dns/53"
    ),
    (#"{"spec":{"ports":null}}"#, ""),
    (#"{"spec":{"ports":"x"}}"#, ""),
    (#"{"spec":{"$patch":"delete"}}"#, ""),
    (#"{"spec":{"$patch":"replace","ports":[{"name":"x","port":1}]}}"#, "x/1"),
    (#"{"spec":{"$retainKeys":["type"],"type":"ClusterIP"}}"#, ""),
  ])
  func `lists of objects merge by their key`(patch: String, expected: String) throws {
    let ports = try apply(patch)[path: "spec", "ports"]?.array ?? []
    let shown = ports.map { "\($0["name"]?.string ?? "")/\($0["port"]?.integer ?? 0)" }
    #expect(shown.joined(separator: " ") == expected)
  }

  @Test(arguments: [
    (#"{"finalizers":["x/a","x/z"]}"#, ["x/a", "x/y", "x/z"]),
    (#"{"$deleteFromPrimitiveList/finalizers":["x/z"]}"#, ["x/y"]),
    (#"{"$deleteFromPrimitiveList/annotations":["x/z"]}"#, ["x/y", "x/z"]),
    (
      #"{"$setElementOrder/finalizers":["x/z","x/y","x/n"],"finalizers":["x/n"]}"#,
      ["x/z", "x/y", "x/n"]
    ),
    (
      #"{"$deleteFromPrimitiveList/finalizers":["x/z"],"#
        + #""$setElementOrder/finalizers":["x/n","x/y"],"finalizers":["x/n"]}"#, ["x/n", "x/y"]
    ),
  ])
  func `sets of scalars merge`(metadata: String, expected: [String]) throws {
    let finalizers = try apply(#"{"metadata":\#(metadata)}"#)[path: "metadata", "finalizers"]
    #expect(finalizers == .array(expected.map(JSON.string)))
  }

  @Test(arguments: [
    (#"{"metadata":{"labels":{"a":null,"z":"1"}}}"#, #"{"z":"1"}"#),
    (#"{"metadata":{"labels":{"$patch":"replace","c":"d"}}}"#, #"{"c":"d"}"#),
    (#"{"metadata":{"labels":{"$retainKeys":["c"],"c":"d"}}}"#, #"{"c":"d"}"#),
    (#"{"metadata":{"labels":{"c":{"$patch":"delete"}}}}"#, #"{"a":"b"}"#),
  ])
  func `objects merge or are replaced as they ask`(patch: String, expected: String) throws {
    #expect(try apply(patch)[path: "metadata", "labels"]?.text == expected)
  }

  @Test func `a list without a merge key is replaced`() throws {
    #expect(
      try apply(#"{"spec":{"externalIPs":["3.3.3.3"]}}"#)[path: "spec", "externalIPs"]
        == ["3.3.3.3"])
  }

  @Test(arguments: [
    (#"{"$patch":"foo"}"#, 500, "unknown patch type: foo in map: map[$patch:foo]"),
    (
      #"{"spec":{"selector":{"$retainKeys":["c"],"d":"d"}}}"#, 400,
      "invalid patch format of retainKeys"
    ),
    (
      #"{"spec":{"selector":{"$retainKeys":"c","d":"d"}}}"#, 400,
      "invalid patch format of retainKeys"
    ),
    (
      #"{"spec":{"ports":[{"name":"x"}]}}"#, 500,
      "map: map[name:x] does not contain declared merge key: port"
    ),
    (
      #"{"spec":{"ports":[{"$patch":"delete"}]}}"#, 500,
      "map: map[$patch:delete] does not contain declared merge key: port"
    ),
    (
      #"{"spec":{"ports":[{"$patch":"merge"}]}}"#, 500,
      "merging lists cannot yet be specified in the patch"
    ),
    (
      #"{"spec":{"ports":[{"$patch":"foo"}]}}"#, 500,
      "unknown patch type: foo in map: map[$patch:foo]"
    ),
    (
      #"{"metadata":{"finalizers":[5]}}"#, 500,
      "list element types are not identical: [[x/y x/z] [5]]"
    ),
    (
      #"{"spec":{"$setElementOrder/ports":[{"port":443},{"port":80}],"ports":[{"port":9}]}}"#, 500,
      "The order in patch list:\n[map[port:9]]\n doesn't match $setElementOrder list:\n"
        + "[map[port:443] map[port:80]]\n"
    ),
    (
      #"{"spec":{"$setElementOrder/ports":"x"}}"#, 500,
      "expected a []interface {}, but received a string"
    ),
    (
      #"{"spec":{"$setElementOrder":[]}}"#, 400, "invalid patch format of setElementOrder list"
    ),
    (
      #"{"spec":{"$setElementOrder/foo":[]}}"#, 500,
      #"unable to find api field in struct ServiceSpec for the json field "foo""#
    ),
    (
      #"{"metadata":{"$deleteFromPrimitiveListfinalizers":["x"]}}"#, 400,
      "invalid patch format of primitive list"
    ),
    ("[]", 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"),
  ])
  func `a patch that cannot be merged is refused`(patch: String, code: Int, message: String) {
    #expect(
      performing: { try apply(patch) },
      throws: { error in
        let status = error as? APIStatus
        return status?.code == code && status?.message == message
      })
  }

  @Test func `lists of lists are refused`() {
    let nested: JSON = ["metadata": ["finalizers": [["a"]]]]
    #expect(throws: APIStatus.patchDoesNotApply) {
      try StrategicMergePatch.apply(nested, to: nested, schema: Sample.service)
    }
  }

  @Test func `merging long lists takes linear time`() throws {
    let ports = { (shift: Int64) in
      JSON.array((0..<20_000).map { ["port": .integer($0 + shift), "name": "a"] })
    }
    let result = try StrategicMergePatch.apply(
      ["spec": ["ports": ports(10_000)]], to: ["spec": ["ports": ports(0)]],
      schema: Sample.service)
    #expect(result[path: "spec", "ports"]?.array?.count == 30_000)
  }
}
