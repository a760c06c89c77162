package import JSONTree
package import KubernetesAPI

/// Everything the server says of itself without looking at an object: discovery, OpenAPI and its
/// version.
package struct SelfDescription: Sendable {
  private let discovery: DiscoveryDocuments
  private let openAPI: OpenAPIDocuments
  private let version: StaticDocument

  /// - Parameter serverAddress: host and port at which clients reach the server.
  package init(catalogue: KindCatalogue, version: ServerVersion, serverAddress: String) {
    discovery = DiscoveryDocuments(catalogue: catalogue, serverAddress: serverAddress)
    openAPI = OpenAPIDocuments(
      catalogue: catalogue, version: "\(version.major).\(version.minor)")
    self.version = StaticDocument(version.json)
  }

  /// The answer to a `GET`; nil where there is no such document.
  ///
  /// - Parameters:
  ///   - path: of the request, without the query.
  ///   - hash: the query parameter of that name.
  ///   - headers: of the request, names in lower case.
  /// - Throws: 406 NotAcceptable.
  package func response(
    to path: String, hash: String? = nil, headers: [String: String]
  ) throws(APIStatus) -> APIResponse? {
    if path == "/version" || path == "/version/" {
      return version.response(to: headers, cacheControl: "no-cache, private")
    }
    if path.hasPrefix("/openapi/") {
      return try openAPI.response(to: path, hash: hash, headers: headers)
    }
    return try discovery.response(to: path, headers: headers)
  }
}

/// The version of the API a server offers (apimachinery version.Info).
package struct ServerVersion: Sendable, Equatable {
  /// Of Kubernetes' API: `1` and `36`.
  package var major: String
  package var minor: String
  /// The whole, `v1.36.0+rollcall-0.1.0`.
  package var gitVersion: String
  package var gitCommit: String
  /// RFC 3339.
  package var buildDate: String
  /// Operating system and processor, `linux/amd64`.
  package var platform: String

  package init(
    major: String = "1", minor: String = "36", gitVersion: String, gitCommit: String = "",
    buildDate: String = "1970-01-01T00:00:00Z", platform: String = ServerVersion.hostPlatform
  ) {
    self.major = major
    self.minor = minor
    self.gitVersion = gitVersion
    self.gitCommit = gitCommit
    self.buildDate = buildDate
    self.platform = platform
  }

  package static var hostPlatform: String {
    #if arch(arm64)
      "linux/arm64"
    #else
      "linux/amd64"
    #endif
  }

  package var json: JSON {
    [
      "major": .string(major), "minor": .string(minor), "gitVersion": .string(gitVersion),
      "gitCommit": .string(gitCommit), "gitTreeState": "", "buildDate": .string(buildDate),
      "goVersion": "", "compiler": "swift", "platform": .string(platform),
    ]
  }
}
