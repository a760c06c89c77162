import APIServer
import JSONTree
import Testing

@Suite struct ObjectMetaValidationTests {
  static func created(_ metadata: JSON, isNamespaced: Bool = true) -> [String] {
    validateObjectMeta(
      metadata, isNamespaced: isNamespaced, problemsOfName: Format.dns1123Subdomain
    ).map(\.description)
  }

  static func with(_ members: (String, JSON)...) -> JSON {
    var metadata: JSON = ["name": "web", "namespace": "default"]
    for (key, value) in members { metadata[key] = value }
    return metadata
  }

  @Test func `Good metadata has no problems`() {
    let metadata = Self.with(
      ("generateName", "web-"), ("labels", ["app.kubernetes.io/name": "web"]),
      ("annotations", ["Example.com/Note": "any text"]), ("finalizers", ["example.com/wait"]),
      (
        "ownerReferences",
        [["apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "1"]]
      ),
      (
        "managedFields",
        [["manager": "kubectl", "operation": "Update", "fieldsType": "FieldsV1"]]
      ))
    #expect(Self.created(metadata) == [])
  }

  @Test(
    arguments: [
      (
        ["namespace": "default"],
        "metadata.name: Required value: name or generateName is required"
      ),
      (["name": "web"], "metadata.namespace: Required value"),
      (
        with(("namespace", "a.b")),
        "metadata.namespace: Invalid value: \"a.b\": must not contain dots"
      ),
      (
        with(("generation", -1)),
        "metadata.generation: Invalid value: -1: must be greater than or equal to 0"
      ),
      (
        with(("finalizers", ["orphan", "foregroundDeletion"])),
        "metadata.finalizers: Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan "
          + "and foregroundDeletion cannot be both set"
      ),
      (
        with(
          (
            "ownerReferences",
            [["apiVersion": "v1", "kind": "Pod", "name": "", "uid": "1"]]
          )),
        "metadata.ownerReferences.name: Invalid value: \"\": must not be empty"
      ),
      (
        with(
          (
            "ownerReferences",
            [["apiVersion": "v1", "kind": "Event", "name": "e", "uid": "1"]]
          )),
        "metadata.ownerReferences: Invalid value: {\"apiVersion\":\"v1\",\"kind\":\"Event\","
          + "\"name\":\"e\",\"uid\":\"1\"}: /v1, Kind=Event is disallowed from being an owner"
      ),
      (
        with(("managedFields", [["manager": "m", "operation": "Delete"]])),
        "metadata.managedFields[0].operation: Invalid value: \"Delete\": must be `Apply` or `Update`"
      ),
      (
        with(("managedFields", [["manager": "a\u{7}", "operation": "Apply"]])),
        "metadata.managedFields[0].manager: Invalid value: \"a\\u0007\": invalid character U+0007 "
          + "(at position 1)"
      ),
      (
        with(("annotations", ["a": .string(String(repeating: "x", count: 262_144))])),
        "metadata.annotations: Too long: may not be more than 262144 bytes"
      ),
    ] as [(JSON, String)])
  func `Bad metadata is named by field`(metadata: JSON, expected: String) {
    #expect(Self.created(metadata) == [expected])
  }

  @Test func `A label is reported under the map for key and value`() {
    let errors = validateObjectMeta(
      Self.with(("labels", ["a b": "c d"])), isNamespaced: true,
      problemsOfName: Format.dns1123Subdomain)
    #expect(errors.map(\.path.description) == ["metadata.labels", "metadata.labels"])
    #expect(errors.map(\.value) == ["\"a b\"", "\"c d\""])
  }

  @Test func `Two controllers are one too many`() {
    let owner: (JSON) -> JSON = {
      ["apiVersion": "v1", "kind": "Pod", "name": $0, "uid": $0, "controller": true]
    }
    let message = Self.created(Self.with(("ownerReferences", [owner("a"), owner("b")])))
    #expect(message.count == 1)
    #expect(
      message.first?.hasSuffix(
        "Only one reference can have Controller set to true. Found \"true\" in references for "
          + "Pod/a and Pod/b") == true)
  }

  @Test func `A cluster-scoped object has no namespace`() {
    #expect(
      Self.created(Self.with(), isNamespaced: false)
        == ["metadata.namespace: Forbidden: not allowed on this type"])
  }

  static let stored = with(
    ("resourceVersion", "7"), ("uid", "u"), ("creationTimestamp", "2026-01-01T00:00:00Z"),
    ("generation", 2))

  static func changed(_ members: (String, JSON?)...) -> JSON {
    var metadata = stored
    for (key, value) in members { metadata[key] = value }
    return metadata
  }

  @Test(arguments: [
    (changed(("name", "b")), "metadata.name: Invalid value: \"b\": field is immutable"),
    (
      changed(("namespace", nil)),
      "metadata.namespace: Invalid value: \"\": field is immutable"
    ),
    (changed(("uid", "v")), "metadata.uid: Invalid value: \"v\": field is immutable"),
    (
      changed(("creationTimestamp", nil)),
      "metadata.creationTimestamp: Invalid value: null: field is immutable"
    ),
    (
      changed(("deletionGracePeriodSeconds", 3)),
      "metadata.deletionGracePeriodSeconds: Invalid value: 3: field is immutable"
    ),
    (
      changed(("generation", 1)),
      "metadata.generation: Invalid value: 1: must not be decremented"
    ),
    (
      changed(("resourceVersion", nil)),
      "metadata.resourceVersion: Invalid value: \"\": must be specified for an update"
    ),
  ])
  func `An update may not change what the server keeps`(metadata: JSON, expected: String) {
    #expect(
      validateObjectMetaUpdate(metadata, old: Self.stored).map(\.description) == [expected])
  }

  @Test func `An object being deleted gets no new finalizers`() {
    let old = Self.changed(
      ("deletionTimestamp", "2026-01-01T00:00:00Z"), ("finalizers", ["example.com/a"]))
    var new = old
    new["finalizers"] = []
    #expect(validateObjectMetaUpdate(new, old: old) == [])
    new["finalizers"] = ["example.com/a", "example.com/b"]
    #expect(
      validateObjectMetaUpdate(new, old: old).map(\.description) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being "
          + "deleted, found new finalizers []string{\"example.com/b\"}"
      ])
  }
}
