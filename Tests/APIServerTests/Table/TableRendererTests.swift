import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct TableRendererTests {
  private let now = Timestamp(seconds: 1_700_000_000)
  private let object: JSON = [
    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "a", "resourceVersion": "7"],
    "spec": ["type": "ClusterIP", "clusterIP": "None"],
  ]

  @Test(arguments: [
    (TableRenderer.IncludedObject.none, "null"),
    (
      .metadata,
      #"{"apiVersion":"meta.k8s.io/v1","kind":"PartialObjectMetadata","#
        + #""metadata":{"name":"a","resourceVersion":"7"}}"#
    ),
    (
      .object,
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a","resourceVersion":"7"},"#
        + #""spec":{"clusterIP":"None","type":"ClusterIP"}}"#
    ),
  ])
  func `a row carries what was asked for`(included: TableRenderer.IncludedObject, shown: String) {
    let row = TableRenderer(SampleServiceKind(), including: included).row(of: object, now: now)
    #expect(row.text == #"{"cells":["a","ClusterIP","None","<none>"],"object":\#(shown)}"#)
  }

  @Test func `a table has columns, rows and the metadata of the list`() {
    let table = TableRenderer(SampleServiceKind(), including: .none)
      .table(of: [object, object], metadata: ["resourceVersion": "9"], now: now)
    #expect(table["apiVersion"] == "meta.k8s.io/v1")
    #expect(table["kind"] == "Table")
    #expect(table["metadata"] == ["resourceVersion": "9"])
    #expect(table["rows"]?.array?.count == 2)
    #expect(
      table["columnDefinitions"]?.array?.first?.text
        == #"{"description":"The name.","format":"name","name":"Name","priority":0,"#
        + #""type":"string"}"#)
  }

  @Test func `later tables of a watch leave the columns out`() {
    let renderer = TableRenderer(
      SampleServiceKind(), ObjectTransform(.table, version: "v1beta1"), including: .none)
    #expect(
      renderer.table(of: object, now: now, showsColumns: false).text
        == #"{"apiVersion":"meta.k8s.io/v1beta1","columnDefinitions":null,"kind":"Table","#
        + #""metadata":{"resourceVersion":"7"},"#
        + #""rows":[{"cells":["a","ClusterIP","None","<none>"],"object":null}]}"#)
  }

  @Test func `the end of the initial events shows its metadata always`() {
    var bookmark = object
    bookmark["metadata"]?["annotations"] = ["k8s.io/initial-events-end": "true"]
    let row = TableRenderer(SampleServiceKind(), including: .none).row(of: bookmark, now: now)
    #expect(row[path: "object", "metadata", "annotations"] != nil)
  }

  @Test func `includeObject is one of three`() throws {
    #expect(try TableRenderer.IncludedObject(query: nil) == .metadata)
    #expect(try TableRenderer.IncludedObject(query: "") == .metadata)
    #expect(try TableRenderer.IncludedObject(query: "Object") == .object)
    #expect(
      throws: APIStatus.badRequest(
        "Unable to convert to Table as requested: includeObject: Invalid value: \"Foo\": "
          + "must be 'Metadata', 'Object', 'None', or empty")
    ) { try TableRenderer.IncludedObject(query: "Foo") }
  }

  @Test func `partial objects are metadata alone`() {
    let resource = SampleServiceKind().resource
    #expect(
      PartialObject.list(of: [object], metadata: [:], apiVersion: "meta.k8s.io/v1").text
        == #"{"apiVersion":"meta.k8s.io/v1","items":[{"apiVersion":"meta.k8s.io/v1","#
        + #""kind":"PartialObjectMetadata","metadata":{"name":"a","resourceVersion":"7"}}],"#
        + #""kind":"PartialObjectMetadataList","metadata":{}}"#)
    #expect(
      PartialObject.isList(resource).message
        == "you requested PartialObjectMetadata, but the requested object is a list "
        + "(*core.ServiceList)")
    #expect(
      PartialObject.isNoList(resource).message
        == "you requested PartialObjectMetadataList, but the requested object is not a list "
        + "(*core.Service)")
  }
}
