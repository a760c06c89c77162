import KubernetesAPI
import KubernetesClient

/// `rollcall apiserver` with a cluster's objects in it: what the DNS servers follow.
final class APIServerProcess {
  let kubeconfig: String
  private let process: ChildProcess
  private let configuration: HTTPTransport.Configuration

  /// - Parameter cpu: the processor it may use; all if nil.
  init(rollcall: String, folder: WorkFolder, cpu: Int? = nil) async throws {
    let data = folder.file("plane")
    process = try ChildProcess(
      rollcall,
      ["apiserver", "--data-dir", data, "--listen", "127.0.0.1:0"], cpu: cpu,
      log: folder.file("apiserver.log"))
    kubeconfig = data + "/admin.kubeconfig"
    _ = try process.waitForLine("ready", seconds: 60)
    configuration = try HTTPTransport.Configuration.discover(
      kubeconfig: kubeconfig, environment: [:])
  }

  func stop() { process.stop() }

  func connect() throws -> HTTPTransport { try HTTPTransport(configuration) }

  /// Creates the objects, namespaces first.
  func load(_ cluster: ClusterData) async throws {
    let objects = cluster.objects
    try await create(Array(objects.prefix(ClusterData.namespaces.count)))
    try await create(Array(objects.dropFirst(ClusterData.namespaces.count)))
  }

  private func create(_ objects: [(target: String, body: String)]) async throws {
    let connections = 16
    try await withThrowingTaskGroup(of: Void.self) { group in
      for connection in 0..<connections {
        let transport = try connect()
        group.addTask {
          for index in stride(from: connection, to: objects.count, by: connections) {
            let object = objects[index]
            let status = try await Self.send(transport, "POST", object.target, object.body)
            guard status == 201 else {
              throw ServerFailure("\(status) in answer to the creation at \(object.target)")
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// The status of the answer, which is read to its end.
  static func send(
    _ transport: HTTPTransport, _ method: String, _ target: String, _ body: String,
    contentType: String = "application/json"
  ) async throws -> Int {
    let request = APIRequest(
      method: method, target: target,
      headers: ["content-type": contentType, "accept": "application/json"],
      body: Array(body.utf8))
    let response = try await transport.send(request)
    if case .stream(let chunks) = response.body {
      for try await _ in chunks {}
    }
    return response.status
  }
}
