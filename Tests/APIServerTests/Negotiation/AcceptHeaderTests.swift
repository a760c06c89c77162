import APIServer
import KubernetesAPI
import Testing

@Suite struct AcceptHeaderTests {
  @Test(arguments: [
    ("", AnswerForm(format: .json)), ("*/*", AnswerForm(format: .json)),
    ("application/json", AnswerForm(format: .json)),
    ("application/*", AnswerForm(format: .json)), ("*", AnswerForm(format: .json)),
    ("application/yaml", AnswerForm(format: .yaml)),
    ("application/json;q=0.5,application/yaml", AnswerForm(format: .yaml)),
    ("*/*, application/yaml", AnswerForm(format: .yaml)),
    ("text/html,*/*", AnswerForm(format: .json)),
    ("application/vnd.kubernetes.protobuf,application/json", AnswerForm(format: .json)),
    ("application/json;pretty=1", AnswerForm(format: .json, isPretty: true)),
    ("application/json;foo=bar", AnswerForm(format: .json)),
    ("application/json;stream=watch", AnswerForm(format: .json)),
    (
      "application/json;as=Table;v=v1;g=meta.k8s.io",
      AnswerForm(format: .json, transform: ObjectTransform(.table))
    ),
    (
      "application/json;as=Table;v=v1;g=meta.k8s.io,"
        + "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json",
      AnswerForm(format: .json, transform: ObjectTransform(.table))
    ),
    (
      "application/json; as=Table; v=v1beta1; g=meta.k8s.io",
      AnswerForm(format: .json, transform: ObjectTransform(.table, version: "v1beta1"))
    ),
    (
      "application/json;as=Table;v=v2;g=meta.k8s.io,application/json", AnswerForm(format: .json)
    ),
    (
      "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
        + "application/yaml;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
      AnswerForm(format: .yaml, transform: ObjectTransform(.partialList))
    ),
  ])
  func `the most preferred form on offer is chosen`(header: String, expected: AnswerForm) throws {
    #expect(try AcceptHeader(header).negotiate() == expected)
  }

  @Test(arguments: [
    "text/html", "garbage", "application/vnd.kubernetes.protobuf", "text/*", ",",
    "application/json;as=Foo;v=v1;g=meta.k8s.io", "application/json;as=Table;v=v2;g=meta.k8s.io",
    "application/json;as=Table;v=v1", "application/json;stream=x",
  ])
  func `what is not on offer is not acceptable`(header: String) {
    #expect(
      throws: APIStatus(
        code: 406, reason: .notAcceptable,
        message: "only the following media types are accepted: application/json, application/yaml")
    ) { try AcceptHeader(header).negotiate() }
  }

  @Test func `an endpoint may offer fewer forms`() throws {
    let header = AcceptHeader("application/json;as=Table;v=v1;g=meta.k8s.io,application/json")
    #expect(try header.negotiate(transforms: []) == AnswerForm(format: .json))
  }
}
