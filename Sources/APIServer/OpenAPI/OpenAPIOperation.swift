import JSONTree
import KubernetesAPI

/// One thing that can be done with one path.
struct OpenAPIOperation {
  /// `get`, `put`, `post`, `delete` or `patch`: the HTTP method.
  var method: String
  /// `list`, `deletecollection`, …: `x-kubernetes-action`.
  var action: String
  var id: String
  var description: String
  var type: ResourceType
  var parameters: [OpenAPIParameter]
  /// The definition of what is sent, nil for nothing.
  var body: String?
  var isBodyRequired = true
  /// The definition of what is answered.
  var answer: String
  /// HTTP status codes of success.
  var codes: [Int]
  var isWatchable = false

  static let mediaTypes = ["application/json", "application/yaml"]
  static let patchTypes = PatchType.allCases.map(\.rawValue).sorted()

  private var tag: String {
    let group = type.group.split(separator: ".").first.map(String.init) ?? "core"
    return "\(group)_\(type.version)"
  }

  private var produced: [String] {
    isWatchable ? Self.mediaTypes + ["application/json;stream=watch"] : Self.mediaTypes
  }

  private static func phrase(_ code: Int) -> String {
    switch code {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    default: "Unauthorized"
    }
  }

  func json(_ dialect: OpenAPIDialect) -> JSON {
    var operation: JSONObject = [
      "description": .string(description), "operationId": .string(id), "tags": [.string(tag)],
      "x-kubernetes-action": .string(action),
      "x-kubernetes-group-version-kind": type.groupVersionKind,
    ]
    var parameters = parameters.map { $0.json(dialect) }
    var responses: JSONObject = ["401": ["description": .string(Self.phrase(401))]]
    let answer = JSON.object(dialect.reference(answer))
    switch dialect {
    case .v2:
      operation["schemes"] = ["https"]
      operation["produces"] = JSON(strings: produced)
      operation["consumes"] = JSON(strings: method == "patch" ? Self.patchTypes : ["*/*"])
      if let body {
        var parameter: JSONObject = [
          "name": "body", "in": "body", "schema": .object(dialect.reference(body)),
        ]
        if isBodyRequired { parameter["required"] = true }
        parameters.insert(.object(parameter), at: 0)
      }
      for code in codes {
        responses[String(code)] = [
          "description": .string(Self.phrase(code)), "schema": answer,
        ]
      }
    case .v3:
      if let body {
        let schema: JSON = ["schema": .object(dialect.reference(body))]
        let types = method == "patch" ? Self.patchTypes : ["*/*"]
        var request: JSONObject = [
          "content": .object(JSONObject(types.map { ($0, schema) }))
        ]
        if isBodyRequired { request["required"] = true }
        operation["requestBody"] = .object(request)
      }
      let content = JSON.object(JSONObject(produced.map { ($0, ["schema": answer]) }))
      for code in codes {
        responses[String(code)] = [
          "description": .string(Self.phrase(code)), "content": content,
        ]
      }
    }
    if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
    operation["responses"] = .object(responses)
    return .object(operation)
  }
}

/// A path with what can be done there.
struct OpenAPIPath {
  var path: String
  /// Those all operations share.
  var parameters: [OpenAPIParameter]
  var operations: [OpenAPIOperation] = []

  func json(_ dialect: OpenAPIDialect) -> JSON {
    var item = JSONObject(operations.map { ($0.method, $0.json(dialect)) })
    item["parameters"] = .array(parameters.map { $0.json(dialect) })
    return .object(item)
  }
}
