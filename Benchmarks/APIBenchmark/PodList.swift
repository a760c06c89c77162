import KubernetesAPI
import KubernetesClient

/// Lists many Pods of realistic size in one answer.
struct PodList: Sendable {
  var server: Server

  func run(pods: Int) async throws -> (times: [Double], bytes: Int) {
    let namespace = "bench-pods"
    let transport = try server.connect()
    _ = try await Server.send(
      transport, "POST", "/api/v1/namespaces",
      body: Array(
        #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"\#(namespace)"}}"#.utf8))
    try await fill(namespace, pods)
    let clock = ContinuousClock()
    var times: [Double] = []
    var bytes = 0
    for _ in 0..<7 {
      let start = clock.now
      let answer = try await Server.send(transport, "GET", "/api/v1/namespaces/\(namespace)/pods")
      guard answer.status == 200 else { throw UnexpectedAnswer(answer.status, answer.body) }
      times.append((clock.now - start).inSeconds)
      bytes = answer.body.count
    }
    return (times, bytes)
  }

  private func fill(_ namespace: String, _ pods: Int) async throws {
    let path = "/api/v1/namespaces/\(namespace)/pods"
    let writers = 16
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask {
          let transport = try server.connect()
          for number in stride(from: writer, to: pods, by: writers) {
            let answer = try await Server.send(
              transport, "POST", path, body: Array(Self.pod(number).utf8))
            guard answer.status == 201 || answer.status == 409 else {
              throw UnexpectedAnswer(answer.status, answer.body)
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// About as large as what a Deployment makes.
  private static func pod(_ number: Int) -> String {
    let variables = (0..<6).map { #"{"name":"VARIABLE_\#($0)","value":"value-\#($0)-\#(number)"}"# }
    return #"""
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-\#(number)","labels":{"app":"web",
      "tier":"front","pod-template-hash":"5f6c9d7b8"},"annotations":{"example.org/checksum":
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}},"spec":{"containers":[
      {"name":"web","image":"registry.example.org/web:1.2.3","env":[\#(variables.joined(separator: ","))],
      "ports":[{"name":"http","containerPort":8080}],"resources":{"requests":{"cpu":"100m",
      "memory":"128Mi"},"limits":{"memory":"256Mi"}},"readinessProbe":{"httpGet":{"path":"/ready",
      "port":"http"}},"livenessProbe":{"httpGet":{"path":"/live","port":"http"}}}],
      "nodeName":"node-\#(number % 100)"}}
      """#
  }
}
