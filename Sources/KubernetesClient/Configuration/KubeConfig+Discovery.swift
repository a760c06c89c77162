extension HTTPTransport.Configuration {
  /// Where Kubernetes puts a Pod's ServiceAccount.
  package static let serviceAccountDirectory = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// Finds out how to reach the API server: from the kubeconfig file given, else from those
  /// `$KUBECONFIG` names, else from the Pod this runs in.
  ///
  /// Throws `ConfigurationError` if none of them is there, or the one found cannot be used.
  package static func discover(
    kubeconfig path: String? = nil, environment: [String: String],
    readFile: @escaping @Sendable (String) throws -> [UInt8] = { try ConfigurationFile.read($0) }
  ) throws -> Self {
    if let path { return try KubeConfig(paths: [path], readFile: readFile).transport() }
    if let list = environment["KUBECONFIG"], !list.isEmpty {
      let paths = list.split(separator: ":").map(String.init)
      return try KubeConfig(paths: paths, readFile: readFile).transport()
    }
    if environment["KUBERNETES_SERVICE_HOST"] != nil {
      return try inCluster(environment: environment, readFile: readFile)
    }
    throw ConfigurationError(
      "no API server is given: name a kubeconfig file (--kubeconfig or $KUBECONFIG), or run in a "
        + "Pod")
  }

  /// The API server of the cluster this Pod runs in, as the Pod's ServiceAccount.
  package static func inCluster(
    environment: [String: String], directory: String = serviceAccountDirectory,
    readFile: @escaping @Sendable (String) throws -> [UInt8] = { try ConfigurationFile.read($0) }
  ) throws -> Self {
    guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
      let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
    else {
      throw ConfigurationError(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no Pod")
    }
    let bracketed = host.contains(":") ? "[\(host)]" : host
    guard let server = ServerAddress("https://\(bracketed):\(port)") else {
      throw ConfigurationError("KUBERNETES_SERVICE_HOST and _PORT are no address: \(host):\(port)")
    }
    let token = directory + "/token"
    _ = try readFile(token)
    var configuration = Self(server: server, credentials: Credentials(token: .file(token)))
    configuration.certificateAuthority = try readFile(directory + "/ca.crt")
    return configuration
  }
}
