import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct OpenAPIDocumentsTests {
  private static let catalogue = Sample.catalogue
  private static let documents = OpenAPIDocuments(catalogue: catalogue, version: "1.36")

  private func get(_ path: String, accept: String = "application/json") throws -> JSON {
    let response = try #require(
      try Self.documents.response(to: path, hash: nil, headers: ["accept": accept]))
    guard case .bytes(let bytes) = response.body else { return .null }
    return try JSON(parsing: bytes)
  }

  @Test func `the index leads to a document for each group and version`() throws {
    let paths = try #require(try get("/openapi/v3")["paths"]?.object)
    #expect(
      Set(["api/v1", "apis/coordination.k8s.io/v1", "apis/events.k8s.io/v1"])
        .isSubset(of: paths.keys))
    let link = try #require(paths["api/v1"]?["serverRelativeURL"]?.string)
    let parts = link.split(separator: "?hash=").map(String.init)
    #expect(parts.count == 2)
    let current = try #require(
      try Self.documents.response(to: parts[0], hash: parts[1], headers: [:]))
    #expect(current.status == 200)
    #expect(current.headers["cache-control"]?.contains("immutable") == true)
    let other = try #require(try Self.documents.response(to: parts[0], hash: "x", headers: [:]))
    #expect(other.status == 301)
    #expect(other.headers["location"] == link)
    #expect(try Self.documents.response(to: "/openapi/v3/api/v2", hash: nil, headers: [:]) == nil)
  }

  @Test func `fields carry what the schema says of them`() throws {
    let schemas = try #require(try get("/openapi/v3/api/v1")[path: "components", "schemas"])
    let spec = try #require(schemas["io.k8s.api.core.v1.ServiceSpec"]?["properties"])
    #expect(
      spec["ports"]?.text
        == ##"{"description":"What is reachable.","items":{"$ref":"##
        + ##""#/components/schemas/io.k8s.api.core.v1.ServicePort"},"type":"array","##
        + ##""x-kubernetes-list-map-keys":["port","protocol"],"x-kubernetes-list-type":"map","##
        + ##""x-kubernetes-patch-merge-key":"port","x-kubernetes-patch-strategy":"merge"}"##)
    #expect(
      spec["type"]?.text
        == #"{"default":"ClusterIP","description":"How the Service is reached.","enum":["#
        + #""ClusterIP","ExternalName","LoadBalancer","NodePort"],"type":"string"}"#)
    #expect(
      spec["selector"]?.text
        == #"{"additionalProperties":{"type":"string"},"description":"Which Pods.","#
        + #""type":"object"}"#)
    let port = try #require(schemas["io.k8s.api.core.v1.ServicePort"])
    #expect(port["required"] == ["port"])
    #expect(
      port[path: "properties", "targetPort"]?.text
        == ##"{"allOf":[{"$ref":"##
        + ##""#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString"}],"##
        + ##""description":"The port of the Pods."}"##)
    #expect(
      schemas["io.k8s.api.core.v1.Service"]?["x-kubernetes-group-version-kind"]
        == [["group": "", "version": "v1", "kind": "Service"]])
    #expect(
      schemas["io.k8s.api.core.v1.ServiceList"]?[path: "properties", "items", "items", "$ref"]
        == "#/components/schemas/io.k8s.api.core.v1.Service")
  }

  @Test(arguments: ["/openapi/v2", "/openapi/v3/api/v1"])
  func `every reference leads somewhere`(path: String) throws {
    let document = try get(path)
    let definitions = document["definitions"] ?? document[path: "components", "schemas"]
    var count = 0
    func check(_ value: JSON) {
      switch value {
      case .array(let elements): elements.forEach(check)
      case .object(let members):
        for member in members {
          if member.key == "$ref", let target = member.value.string {
            let name = target.split(separator: "/").last.map(String.init) ?? ""
            #expect(definitions?[name] != nil, "\(target)")
            count += 1
          } else {
            check(member.value)
          }
        }
      default: break
      }
    }
    check(document)
    #expect(count > 100)
  }

  @Test(arguments: ["/openapi/v2", "/openapi/v3/api/v1"])
  func `a patch takes the parameters by which kubectl knows what the server can do`(
    path: String
  ) throws {
    let paths = try #require(try get(path)["paths"])
    let item = try #require(paths["/api/v1/namespaces/{namespace}/services/{name}"])
    let patch = try #require(item["patch"])
    let names = patch["parameters"]?.array?.compactMap { $0["name"]?.string } ?? []
    #expect(Set(["dryRun", "fieldManager", "fieldValidation", "force"]).isSubset(of: names))
    #expect(patch["x-kubernetes-action"] == "patch")
    #expect(
      patch["x-kubernetes-group-version-kind"]
        == ["group": "", "version": "v1", "kind": "Service"])
    #expect(patch["operationId"] == "patchCoreV1NamespacedService")
    #expect(paths["/api/v1/services"]?["get"]?["x-kubernetes-action"] == "list")
    #expect(paths["/api/v1/namespaces/{name}/finalize"]?["put"] != nil)
    #expect(paths["/api/v1/namespaces"]?["delete"] == nil)
  }

  @Test func `identifiers of operations are unique`() throws {
    let paths = try #require(try get("/openapi/v2")["paths"]?.object)
    var seen: Set<String> = []
    for path in paths {
      for member in path.value.object ?? [:] {
        guard let id = member.value["operationId"]?.string else { continue }
        #expect(seen.insert(id).inserted, "\(id)")
      }
    }
    #expect(seen.count > 50)
  }

  @Test func `kubectl gets the binary form it asks for`() throws {
    for name in ["v2@v1.0", "v2.v1.0"] {
      let accept = "application/com.github.proto-openapi.spec.\(name)+protobuf"
      let response = try #require(
        try Self.documents.response(to: "/openapi/v2", hash: nil, headers: ["accept": accept]))
      #expect(
        response.headers["content-type"]
          == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf")
      guard case .bytes(let bytes) = response.body else { continue }
      // swagger = 1: "2.0"; info = 2: { title = 1: "Kubernetes", version = 2: "1.36" }
      #expect(bytes.starts(with: [0x0A, 3] + Array("2.0".utf8) + [0x12, 18, 0x0A, 10]))
    }
    #expect(throws: APIStatus.notAcceptable(["application/json"])) {
      try Self.documents.response(
        to: "/openapi/v2", hash: nil, headers: ["accept": "text/html"])
    }
  }
}
