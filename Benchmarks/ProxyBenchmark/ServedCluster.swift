import Foundation
import KubernetesAPI
import KubernetesClient

/// `rollcall apiserver` with so many Services in it.
final class ServedCluster {
  let kubeconfig: String
  private let process: RollcallProcess
  private let configuration: HTTPTransport.Configuration

  /// Starts it on a loopback address and creates the objects.
  init(rollcall: String, folder: String, services: Int) async throws {
    process = try RollcallProcess(
      rollcall,
      [
        "apiserver", "--data-dir", folder + "/plane", "--listen", "127.0.0.1:0",
        "--service-cidr", "10.100.0.0/16",
      ], log: folder + "/apiserver.log")
    kubeconfig = folder + "/plane/admin.kubeconfig"
    try process.waitUntilReady(seconds: 60)
    configuration = try HTTPTransport.Configuration.discover(
      kubeconfig: kubeconfig, environment: [:])
    try await create((0..<services).map(ClusterObjects.serviceBody), ClusterObjects.servicesTarget)
    try await create((0..<services).map(ClusterObjects.sliceBody), ClusterObjects.slicesTarget)
  }

  func stop() { process.stop() }

  func connect() throws -> HTTPTransport { try HTTPTransport(configuration) }

  private func create(_ bodies: [String], _ target: String) async throws {
    let connections = 16
    try await withThrowingTaskGroup(of: Void.self) { group in
      for connection in 0..<connections {
        let transport = try connect()
        group.addTask {
          for index in stride(from: connection, to: bodies.count, by: connections) {
            let status = try await Self.send(transport, "POST", target, bodies[index])
            guard status == 201 else { throw BenchmarkFailure("\(status): \(bodies[index])") }
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
