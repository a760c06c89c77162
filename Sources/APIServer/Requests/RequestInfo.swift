/// What a request asks for, read from its method and path alone (apiserver RequestInfo).
struct RequestInfo: Sendable, Equatable {
  /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for paths
  /// that name no resource the method in lower case; empty for a method that means nothing here.
  var verb: String
  /// As it came.
  var path: String
  /// Whether the path names a resource of the API.
  var isResourceRequest = false
  var group = ""
  var version = ""
  var resource = ""
  var subresource = ""
  /// Empty where the request is not confined to one.
  var namespace = ""
  var name = ""
  /// Segments after the subresource.
  var rest: [String] = []
  /// Whether the watch was asked for by the deprecated `/watch/` in the path.
  var isWatchByPath = false

  init(method: String, target: RequestTarget) {
    verb = method.lowercased()
    path = target.rawPath
    var segments = target.segments[...]
    guard segments.count >= 3, let root = segments.popFirst() else { return }
    switch root {
    case "api": break
    case "apis":
      guard segments.count >= 3 else { return }
      group = segments.removeFirst()
    default: return
    }
    isResourceRequest = true
    version = segments.removeFirst()
    if segments.first == "watch", segments.count > 1 {
      segments.removeFirst()
      isWatchByPath = true
    }
    readResource(segments)
    readVerb(method: method, query: target.query)
  }

  /// Subresources of a Namespace: what follows `/namespaces/NAME/` otherwise is a resource in it.
  private static let namespaceSubresources: Set<String> = ["status", "finalize"]

  private mutating func readResource(_ segments: ArraySlice<String>) {
    var segments = segments
    if segments.first == "namespaces", segments.count > 1 {
      namespace = segments[segments.startIndex + 1]
      if segments.count > 2,
        !Self.namespaceSubresources.contains(segments[segments.startIndex + 2])
      {
        segments = segments.dropFirst(2)
      }
    }
    resource = segments.popFirst() ?? ""
    name = segments.popFirst() ?? ""
    subresource = segments.popFirst() ?? ""
    rest = Array(segments)
  }

  private mutating func readVerb(method: String, query: Query) {
    verb =
      switch method {
      case "GET", "HEAD": "get"
      case "POST": "create"
      case "PUT": "update"
      case "PATCH": "patch"
      case "DELETE": "delete"
      default: ""
      }
    if isWatchByPath, verb == "get" {
      verb = "watch"
    } else if name.isEmpty, verb == "get" {
      verb = query.flag("watch") == true ? "watch" : "list"
    } else if name.isEmpty, verb == "delete" {
      verb = "deletecollection"
    }
  }
}

extension RequestInfo {
  /// Subresources of a Pod through which its programs are reached.
  private static let podStreams: Set<String> = ["attach", "exec", "portforward"]

  /// What must be allowed: to open a stream into a Pod is to create one, whichever method a client
  /// asks with (WebSockets know only GET).
  var verbToAuthorize: String {
    let isStream = group.isEmpty && resource == "pods" && Self.podStreams.contains(subresource)
    return isStream && verb == "get" ? "create" : verb
  }
}

extension Query {
  /// A parameter read as Kubernetes reads booleans: anything but `false` and `0` is true. Nil if it
  /// did not come.
  func flag(_ name: String) -> Bool? {
    guard let value = first(name)?.lowercased() else { return nil }
    return value != "false" && value != "0"
  }
}
