import JSONTree

/// A kubeconfig file (client.config.k8s.io/v1 Config), or several merged: which server, as whom.
package struct KubeConfig: Sendable {
  struct Entry: Sendable {
    var value: JSON
    /// The directory of the file it stands in, from which relative paths count.
    var directory: String
    var file: String
  }

  private(set) var clusters: [String: Entry] = [:]
  private(set) var users: [String: Entry] = [:]
  private(set) var contexts: [String: Entry] = [:]
  package private(set) var currentContext = ""
  private let files: [String]
  private let readFile: @Sendable (String) throws -> [UInt8]

  /// Reads and merges files: where two say the same thing the first one wins.
  ///
  /// Throws `ConfigurationError` naming the file that is missing or no kubeconfig.
  package init(
    paths: [String],
    readFile: @escaping @Sendable (String) throws -> [UInt8] = { try ConfigurationFile.read($0) }
  ) throws {
    files = paths
    self.readFile = readFile
    for path in paths { try merge(path) }
  }

  private mutating func merge(_ path: String) throws {
    let text = String(decoding: try readFile(path), as: UTF8.self)
    let json: JSON
    do throws(YAMLParseError) {
      json = try JSON(yaml: text)
    } catch {
      throw ConfigurationError("\(path): \(error)")
    }
    if json.isNull { return }
    guard json.object != nil, json["kind"] == nil || json["kind"]?.string == "Config" else {
      throw ConfigurationError("\(path): this is no kubeconfig file (kind: Config)")
    }
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    func add(_ list: String, _ member: String, to entries: inout [String: Entry]) throws {
      for item in json[list]?.array ?? [] {
        guard let name = item["name"]?.string, let value = item[member] else {
          throw ConfigurationError("\(path): an entry of \(list) lacks its name or its \(member)")
        }
        if entries[name] == nil {
          entries[name] = Entry(value: value, directory: directory, file: path)
        }
      }
    }
    try add("clusters", "cluster", to: &clusters)
    try add("users", "user", to: &users)
    try add("contexts", "context", to: &contexts)
    if currentContext.isEmpty { currentContext = json["current-context"]?.string ?? "" }
  }

  /// How to reach the cluster of a context; nil for the current one.
  ///
  /// Throws `ConfigurationError` if something is missing, unreadable or not supported.
  package func transport(context name: String? = nil) throws -> HTTPTransport.Configuration {
    let origin = files.joined(separator: ":")
    let name = name ?? currentContext
    guard !name.isEmpty else { throw ConfigurationError("\(origin): current-context is not set") }
    guard let context = contexts[name] else {
      throw ConfigurationError("\(origin): there is no context \"\(name)\"")
    }
    let clusterName = context.value["cluster"]?.string ?? ""
    guard let cluster = clusters[clusterName] else {
      throw ConfigurationError(
        "\(context.file): context \"\(name)\" names the cluster \"\(clusterName)\", which is not "
          + "defined")
    }
    let userName = context.value["user"]?.string ?? ""
    guard userName.isEmpty || users[userName] != nil else {
      throw ConfigurationError(
        "\(context.file): context \"\(name)\" names the user \"\(userName)\", which is not defined")
    }
    let serverText = cluster.value["server"]?.string ?? ""
    guard let server = ServerAddress(serverText) else {
      throw ConfigurationError(
        "\(cluster.file): cluster \"\(clusterName)\": server \"\(serverText)\" is no URL")
    }
    var configuration = HTTPTransport.Configuration(server: server)
    configuration.certificateAuthority = try data("certificate-authority", in: cluster)
    configuration.skipsServerVerification =
      cluster.value["insecure-skip-tls-verify"]?.bool ?? false
    configuration.serverName = cluster.value["tls-server-name"]?.string
    if let user = users[userName] {
      configuration.credentials = try credentials(of: user, named: userName)
    }
    return configuration
  }

  private func credentials(of user: Entry, named name: String) throws -> Credentials {
    for (member, what) in [
      ("exec", "a credential plugin"), ("auth-provider", "an auth provider"),
      ("username", "a password"),
    ] where user.value[member] != nil {
      throw ConfigurationError(
        "\(user.file): user \"\(name)\" logs in with \(what) (\(member)), which is not supported; "
          + "use a client certificate, token or tokenFile")
    }
    for member in ["as", "as-groups", "as-uid"] where user.value[member] != nil {
      throw ConfigurationError(
        "\(user.file): user \"\(name)\" impersonates another (\(member)), which is not supported")
    }
    var credentials = Credentials()
    let chain = try data("client-certificate", in: user)
    let key = try data("client-key", in: user)
    switch (chain, key) {
    case (let chain?, let key?): credentials.certificate = (chain, key)
    case (nil, nil): break
    default:
      throw ConfigurationError(
        "\(user.file): user \"\(name)\" needs both client-certificate and client-key")
    }
    // As kubectl does: the file wins, because it can be renewed.
    if let path = user.value["tokenFile"]?.string, !path.isEmpty {
      credentials.token = .file(resolve(path, in: user))
    } else if let token = user.value["token"]?.string, !token.isEmpty {
      credentials.token = .literal(token)
    }
    return credentials
  }

  /// The content of a field that may stand inline (`…-data`, base64) or name a file.
  private func data(_ field: String, in entry: Entry) throws -> [UInt8]? {
    if let text = entry.value["\(field)-data"]?.string, !text.isEmpty {
      guard let bytes = Base64.decode(text) else {
        throw ConfigurationError("\(entry.file): \(field)-data is no base64")
      }
      return bytes
    }
    guard let path = entry.value[field]?.string, !path.isEmpty else { return nil }
    return try readFile(resolve(path, in: entry))
  }

  private func resolve(_ path: String, in entry: Entry) -> String {
    path.hasPrefix("/") ? path : entry.directory + "/" + path
  }
}
