import JSONTree
package import KubernetesAPI

/// The server's description of itself in OpenAPI: `/openapi/v2`, `/openapi/v3` and below. Built
/// once, kept as bytes.
package struct OpenAPIDocuments: Sendable {
  private let swagger: StaticDocument
  private let swaggerProtobuf: StaticDocument
  private let index: StaticDocument
  /// By path, `/openapi/v3/api/v1`.
  private let version3: [String: StaticDocument]

  /// The media type answered. Clients ask for it with an at sign in place of the last dot but one,
  /// which is no legal media type.
  static let protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

  /// - Parameter version: Kubernetes' version, such as `1.36`.
  package init(catalogue: KindCatalogue, version: String) {
    let builder = OpenAPIBuilder(catalogue, version: version)
    let version2 = builder.version2()
    swagger = StaticDocument(version2)
    swaggerProtobuf = StaticDocument(
      bytes: SwaggerProtobuf.encode(version2), contentType: Self.protobufType)
    var documents: [String: StaticDocument] = [:]
    var paths = JSONObject()
    for (path, document) in builder.version3() {
      let document = StaticDocument(document)
      documents["/openapi/v3/" + path] = document
      paths[path] = [
        "serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(document.hash)")
      ]
    }
    self.version3 = documents
    index = StaticDocument(["paths": .object(paths)])
  }

  /// The answer to a `GET`; nil where there is no such document.
  ///
  /// - Parameters:
  ///   - path: of the request, without the query.
  ///   - hash: the query parameter of that name. A document that was asked for by its hash may be
  ///     kept for ever; one by another hash is redirected to the present one.
  ///   - headers: of the request, names in lower case.
  /// - Throws: 406 NotAcceptable.
  package func response(
    to path: String, hash: String?, headers: [String: String]
  ) throws(APIStatus) -> APIResponse? {
    let accept = AcceptHeader(headers["accept"] ?? "")
    if path == "/openapi/v2", accept.prefersProtobuf {
      return swaggerProtobuf.response(to: headers, cacheControl: "no-cache, private")
    }
    guard accept.coversJSON else { throw .notAcceptable(["application/json"]) }
    switch path {
    case "/openapi/v2":
      return swagger.response(to: headers, cacheControl: "no-cache, private")
    case "/openapi/v3", "/openapi/v3/":
      return index.response(to: headers, cacheControl: "no-cache, private")
    default:
      guard let document = version3[path] else { return nil }
      guard let hash, !hash.isEmpty else {
        return document.response(to: headers, cacheControl: "no-cache, private")
      }
      guard hash == document.hash else {
        return APIResponse(
          status: 301, headers: ["location": "\(path)?hash=\(document.hash)"], body: .bytes([]))
      }
      return document.response(to: headers, cacheControl: "public, immutable, max-age=31536000")
    }
  }
}

extension AcceptHeader {
  /// Whether the binary form is asked for before any other that is on offer.
  fileprivate var prefersProtobuf: Bool {
    for clause in clauses where clause.type == "application" {
      switch clause.subtype {
      case "com.github.proto-openapi.spec.v2@v1.0+protobuf",
        "com.github.proto-openapi.spec.v2.v1.0+protobuf":
        return true
      case "json", "*": return false
      default: continue
      }
    }
    return false
  }

  fileprivate var coversJSON: Bool {
    isEmpty
      || clauses.contains {
        ($0.type == "*" || $0.type == "application") && ($0.subtype == "*" || $0.subtype == "json")
      }
  }
}
