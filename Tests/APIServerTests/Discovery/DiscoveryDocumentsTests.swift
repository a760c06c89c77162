import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct DiscoveryDocumentsTests {
  private let documents = DiscoveryDocuments(
    catalogue: Sample.catalogue, serverAddress: "h:6443")

  private func get(
    _ path: String, accept: String = "application/json", ifNoneMatch: String = ""
  ) throws -> (APIResponse, JSON)? {
    let headers = ["accept": accept, "if-none-match": ifNoneMatch]
    guard let response = try documents.response(to: path, headers: headers) else { return nil }
    guard case .bytes(let bytes) = response.body else { return nil }
    return (response, bytes.isEmpty ? .null : try JSON(parsing: bytes))
  }

  @Test func `the core group and the others are listed apart`() throws {
    let core = try #require(try get("/api")).1
    #expect(core["kind"] == "APIVersions")
    #expect(core["versions"] == ["v1"])
    #expect(
      core["serverAddressByClientCIDRs"]
        == [["clientCIDR": "0.0.0.0/0", "serverAddress": "h:6443"]])
    let groups = try #require(try get("/apis")).1
    #expect(groups["kind"] == "APIGroupList")
    let lease = groups["groups"]?.array?.first { $0["name"] == "coordination.k8s.io" }
    #expect(
      lease?.text
        == #"{"name":"coordination.k8s.io","preferredVersion":{"groupVersion":"#
        + #""coordination.k8s.io/v1","version":"v1"},"versions":[{"groupVersion":"#
        + #""coordination.k8s.io/v1","version":"v1"}]}"#)
    let group = try #require(try get("/apis/events.k8s.io/")).1
    #expect(group["kind"] == "APIGroup")
    #expect(group["name"] == "events.k8s.io")
    #expect(try get("/apis/nope") == nil)
    #expect(try get("/api/v2") == nil)
  }

  @Test func `a version lists its resources and subresources`() throws {
    let list = try #require(try get("/api/v1")).1
    #expect(list["apiVersion"] == nil)
    #expect(list["groupVersion"] == "v1")
    let resources = list["resources"]?.array ?? []
    let names = resources.compactMap { $0["name"]?.string }
    #expect(names == names.sorted())
    var service = try #require(resources.first { $0["name"] == "services" })
    let hash = try #require(service["storageVersionHash"]?.string)
    #expect(hash.count == 12)
    service["storageVersionHash"] = nil
    #expect(
      service.text
        == #"{"categories":["all"],"kind":"Service","name":"services","namespaced":true,"#
        + #""shortNames":["svc"],"singularName":"service","verbs":["create","delete","#
        + #""deletecollection","get","list","patch","update","watch"]}"#)
    #expect(
      resources.first { $0["name"] == "services/status" }?.text
        == #"{"kind":"Service","name":"services/status","namespaced":true,"singularName":"","#
        + #""verbs":["get","patch","update"]}"#)
    let token = try #require(resources.first { $0["name"] == "serviceaccounts/token" })
    #expect(token["group"] == "authentication.k8s.io")
    #expect(token["kind"] == "TokenRequest")
    let namespaces = try #require(resources.first { $0["name"] == "namespaces" })
    #expect(namespaces["verbs"]?.array?.contains("deletecollection") == false)
  }

  @Test(arguments: ["v2", "v2beta1"])
  func `everything comes in one document to those who ask`(version: String) throws {
    let accept =
      "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList,application/json"
    let (response, document) = try #require(try get("/apis", accept: accept))
    #expect(
      response.headers["content-type"]
        == "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList")
    #expect(document["apiVersion"] == .string("apidiscovery.k8s.io/\(version)"))
    let item = try #require(
      document["items"]?.array?.first { $0["metadata"] == ["name": "events.k8s.io"] })
    #expect(item["versions"]?.array?.first?["freshness"] == "Current")
    let resource = item["versions"]?.array?.first?["resources"]?.array?.first
    #expect(resource?["scope"] == "Namespaced")
    #expect(resource?["responseKind"] == ["group": "", "version": "", "kind": "Event"])
    let etag = try #require(response.headers["etag"])
    #expect(try get("/apis", accept: accept, ifNoneMatch: etag)?.0.status == 304)
    #expect(try get("/apis", accept: accept, ifNoneMatch: "\"x\"")?.0.status == 200)
  }

  @Test func `forms that are not on offer fall back or are refused`() throws {
    let unknown = "application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList"
    #expect(try #require(try get("/apis", accept: unknown + ",*/*")).1["kind"] == "APIGroupList")
    #expect(throws: APIStatus.notAcceptable(["application/json", "application/yaml"])) {
      try get("/apis", accept: unknown)
    }
    let yaml = try #require(
      try documents.response(to: "/api", headers: ["accept": "application/yaml"]))
    #expect(yaml.headers["content-type"] == "application/yaml")
  }
}
