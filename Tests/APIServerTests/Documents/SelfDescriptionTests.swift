import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct SelfDescriptionTests {
  private let description = SelfDescription(
    catalogue: KindCatalogue([SampleServiceKind()]),
    version: ServerVersion(gitVersion: "v1.36.0+test", platform: "linux/amd64"),
    serverAddress: "h:6443")

  @Test func `the version has what clients read`() throws {
    let response = try #require(try description.response(to: "/version", headers: [:]))
    guard case .bytes(let bytes) = response.body else { return }
    #expect(
      try JSON(parsing: bytes).text
        == #"{"buildDate":"1970-01-01T00:00:00Z","compiler":"swift","gitCommit":"","#
        + #""gitTreeState":"","gitVersion":"v1.36.0+test","goVersion":"","major":"1","#
        + #""minor":"36","platform":"linux/amd64"}"#)
  }

  @Test(arguments: [
    ("/api", true), ("/apis", true), ("/api/v1", true), ("/openapi/v2", true),
    ("/openapi/v3", true), ("/openapi/v3/api/v1", true), ("/version", true), ("/", false),
    ("/api/v1/services", false), ("/openapi", false), ("/openapi/v4", false),
  ])
  func `documents are found by their path`(path: String, isFound: Bool) throws {
    #expect((try description.response(to: path, headers: [:]) != nil) == isFound)
  }
}
