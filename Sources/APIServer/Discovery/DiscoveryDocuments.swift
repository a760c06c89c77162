import JSONTree
package import KubernetesAPI

/// What the server serves, for clients to find out: `/api`, `/apis` and below, as one list for
/// each group and version (meta/v1 APIResourceList and its like) and as one for everything
/// (apidiscovery.k8s.io APIGroupDiscoveryList, KEP-3352).
package struct DiscoveryDocuments: Sendable {
  /// By path without a slash at the end.
  private let classic: [String: JSON]
  private let aggregated: [Aggregated: StaticDocument]

  private struct Aggregated: Hashable {
    var path: String
    var version: String
  }

  /// - Parameter serverAddress: host and port at which clients reach the server.
  package init(catalogue: KindCatalogue, serverAddress: String) {
    let groups = DiscoveryGroup.all(of: catalogue)
    var classic: [String: JSON] = [
      "/api": [
        "kind": "APIVersions",
        "versions": .array(
          groups.first { $0.name.isEmpty }?.versions.map { .string($0.version) } ?? []),
        "serverAddressByClientCIDRs": [
          ["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]
        ],
      ],
      "/apis": [
        "kind": "APIGroupList", "apiVersion": "v1",
        "groups": .array(groups.filter { !$0.name.isEmpty }.map { .object($0.apiGroup) }),
      ],
    ]
    for group in groups {
      if !group.name.isEmpty {
        var document = group.apiGroup
        document["kind"] = "APIGroup"
        document["apiVersion"] = "v1"
        classic["/apis/\(group.name)"] = .object(document)
      }
      for version in group.versions { classic[version.path] = version.resourceList }
    }
    self.classic = classic
    var aggregated: [Aggregated: StaticDocument] = [:]
    for path in ["/api", "/apis"] {
      for version in ["v2", "v2beta1"] {
        let items = groups.filter { $0.name.isEmpty == (path == "/api") }.map(\.aggregated)
        let document: JSON = [
          "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/\(version)"),
          "metadata": [:], "items": .array(items),
        ]
        aggregated[Aggregated(path: path, version: version)] = StaticDocument(
          bytes: document.encoded(),
          contentType:
            "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList")
      }
    }
    self.aggregated = aggregated
  }

  /// The answer to a `GET`; nil where there is no such document.
  ///
  /// - Parameters:
  ///   - path: of the request, without the query.
  ///   - headers: of the request, names in lower case.
  /// - Throws: 406 NotAcceptable.
  package func response(
    to path: String, headers: [String: String]
  ) throws(APIStatus) -> APIResponse? {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    guard let value = classic[path] else { return nil }
    let accept = AcceptHeader(headers["accept"] ?? "")
    for clause in accept.clauses {
      if clause.parameters["as"] == "APIGroupDiscoveryList",
        clause.parameters["g"] == "apidiscovery.k8s.io", clause.subtype == "json",
        let document = aggregated[
          Aggregated(path: path, version: clause.parameters["v"] ?? "")]
      {
        return document.response(to: headers)
      }
      guard let form = try? AcceptHeader([clause]).negotiate(transforms: []) else { continue }
      return response(value, form)
    }
    return response(value, try accept.negotiate(transforms: []))
  }

  private func response(_ value: JSON, _ form: AnswerForm) -> APIResponse {
    APIResponse(
      status: 200,
      headers: ["content-type": form.format.contentType, "cache-control": "no-cache, private"],
      body: .bytes(form.encode(value)))
  }
}
