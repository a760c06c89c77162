import JSONTree
package import KubernetesAPI
package import Logging

/// Makes and keeps what every cluster has: its system namespaces, the `kubernetes` Service with its
/// endpoints, the built-in roles, and in each namespace the ServiceAccount `default` and the
/// ConfigMap `kube-root-ca.crt`.
///
/// A kube-apiserver keeps the first three itself and leaves the others to small controllers of the
/// kube-controller-manager; here they are part of the server, because nothing else in a cluster
/// works without them.
package struct ClusterBootstrap: Sendable {
  package struct Configuration: Sendable {
    /// The cluster IPs of the `kubernetes` Service, the first of each service range.
    package var serviceAddresses: [IPAddress]
    /// Where clients in the cluster reach this server; nil if they cannot, and the Service then has
    /// no endpoints. Loopback addresses cannot be endpoints.
    package var advertised: IPAddress?
    package var port: Int
    /// The authority's certificate in PEM.
    package var certificateAuthority: String

    package init(
      serviceAddresses: [IPAddress], advertised: IPAddress?, port: Int,
      certificateAuthority: String
    ) {
      self.serviceAddresses = serviceAddresses
      self.advertised = advertised
      self.port = port
      self.certificateAuthority = certificateAuthority
    }
  }

  let configuration: Configuration
  let server: APIServer
  let logger: Logger

  package init(configuration: Configuration, server: APIServer, logger: Logger) {
    self.configuration = configuration
    self.server = server
    self.logger = logger
  }

  static let systemNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]
  private static let user = UserInfo(name: "system:apiserver", groups: [UserInfo.mastersGroup])

  /// Makes what is missing and sets right what differs. Doing it twice changes nothing.
  ///
  /// - Throws: what the server answered to a write that failed.
  package func ensure() async throws(APIStatus) {
    await server.waitUntilReady()
    for namespace in Self.systemNamespaces {
      try await create(
        "/api/v1/namespaces",
        ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]])
    }
    try await ensureRoles()
    try await ensureService()
    try await ensureEndpoints()
    for namespace in Self.systemNamespaces { try await ensureContents(of: namespace) }
  }

  // MARK: In every namespace

  /// What each namespace has from its beginning to its end.
  func ensureContents(of namespace: String) async throws(APIStatus) {
    try await create(
      "/api/v1/namespaces/\(namespace)/serviceaccounts",
      [
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": ["name": "default", "namespace": .string(namespace)],
      ])
    try await ensure(
      "/api/v1/namespaces/\(namespace)/configmaps", Self.rootCertificates,
      [
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": [
          "name": .string(Self.rootCertificates), "namespace": .string(namespace),
          "annotations": [
            "kubernetes.io/description":
              "The certificate authority by which Pods verify the API server."
          ],
        ],
        "data": ["ca.crt": .string(configuration.certificateAuthority)],
      ], comparing: ["data"])
  }

  static let rootCertificates = "kube-root-ca.crt"

  // MARK: The Service

  private func ensureService() async throws(APIStatus) {
    let addresses = configuration.serviceAddresses
    guard let first = addresses.first else { return }
    let port: JSON = [
      "name": "https", "port": 443, "protocol": "TCP",
      "targetPort": .integer(Int64(configuration.port)),
    ]
    try await ensure(
      "/api/v1/namespaces/default/services", "kubernetes",
      [
        "apiVersion": "v1", "kind": "Service",
        "metadata": [
          "name": "kubernetes", "namespace": "default",
          "labels": ["component": "apiserver", "provider": "kubernetes"],
        ],
        "spec": [
          "type": "ClusterIP", "clusterIP": .string(first.description),
          "clusterIPs": JSON(strings: addresses.map(\.description)),
          "ipFamilies": JSON(strings: addresses.map(\.family.rawValue)),
          "ipFamilyPolicy": addresses.count > 1 ? "PreferDualStack" : "SingleStack",
          "ports": [port], "sessionAffinity": "None",
        ],
      ], comparing: ["spec.ports"])
  }

  private func ensureEndpoints() async throws(APIStatus) {
    guard let address = configuration.advertised, !address.isLoopback else { return }
    let port: JSON = [
      "name": "https", "port": .integer(Int64(configuration.port)), "protocol": "TCP",
    ]
    try await ensure(
      "/api/v1/namespaces/default/endpoints", "kubernetes",
      [
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": [
          "name": "kubernetes", "namespace": "default",
          "labels": ["endpointslice.kubernetes.io/skip-mirror": "true"],
        ],
        "subsets": [
          ["addresses": [["ip": .string(address.description)]], "ports": [port]]
        ],
      ], comparing: ["subsets"])
    try await ensure(
      "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", "kubernetes",
      [
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": [
          "name": "kubernetes", "namespace": "default",
          "labels": ["kubernetes.io/service-name": "kubernetes"],
        ],
        "addressType": .string(address.family.rawValue),
        "endpoints": [
          ["addresses": [.string(address.description)], "conditions": ["ready": true]]
        ],
        "ports": [port],
      ], comparing: ["endpoints", "ports"])
  }

  // MARK: Requests

  /// Creates an object unless there is one of its name.
  func create(_ path: String, _ object: JSON) async throws(APIStatus) {
    let response = await respond("POST", path, object)
    guard response.status >= 300, response.status != 409 else { return }
    throw response.failure
  }

  /// Creates an object, or changes what it is to have where the one that is there has something
  /// else.
  ///
  /// - Parameter parts: paths of what is compared and changed.
  private func ensure(
    _ path: String, _ name: String, _ object: JSON, comparing parts: [String]
  ) async throws(APIStatus) {
    let found = await respond("GET", path + "/" + name)
    if found.status == 404 {
      // A kind that is not served has no objects to keep.
      if found.failure.details?.name == name { try await create(path, object) }
      return
    }
    guard found.status == 200 else { throw found.failure }
    var patch: JSONObject = [:]
    for part in parts {
      let keys = part.split(separator: ".").map(String.init)
      let wanted = keys.reduce(object) { $0[$1] ?? [:] }
      guard keys.reduce(found.json, { $0[$1] ?? [:] }) != wanted else { continue }
      if keys.count == 1 {
        patch[keys[0]] = wanted
      } else {
        patch[keys[0]] = [keys[1]: wanted]
      }
    }
    guard !patch.isEmpty else { return }
    let changed = await respond("PATCH", path + "/" + name, .object(patch))
    guard changed.status == 200 else { throw changed.failure }
  }

  struct Answer {
    var status: Int
    var json: JSON

    var failure: APIStatus {
      APIStatus(json: json) ?? APIStatus(code: status, reason: .unknown, message: "no status")
    }
  }

  func respond(_ method: String, _ path: String, _ body: JSON? = nil) async -> Answer {
    let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
    let response = await server.respond(
      to: APIRequest(
        method: method, target: path, headers: ["content-type": type],
        body: body?.encoded() ?? []), as: Self.user)
    guard case .bytes(let bytes) = response.body, let json = try? JSON(parsing: bytes) else {
      return Answer(status: response.status, json: [:])
    }
    return Answer(status: response.status, json: json)
  }
}
