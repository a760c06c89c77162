import KubernetesAPI
import KubernetesClient

/// Creates objects one after the other on each of several connections.
struct CreateLoad: Sendable {
  var server: Server
  var connections: Int

  /// ConfigMaps of about 1 KB; returns creates per second.
  func configMaps(for duration: Duration) async throws -> Double {
    let payload = String(repeating: "x", count: 900)
    return try await run("configmaps", for: duration) { name in
      #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"\#(name)"},"#
        + #""data":{"payload":"\#(payload)"}}"#
    }
  }

  /// Services that each get a cluster IP.
  func services(for duration: Duration) async throws -> Double {
    try await run("services", for: duration) { name in
      #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"\#(name)"},"#
        + #""spec":{"selector":{"app":"\#(name)"},"ports":[{"port":80}]}}"#
    }
  }

  private func run(
    _ plural: String, for duration: Duration, object: @escaping @Sendable (String) -> String
  ) async throws -> Double {
    let clock = ContinuousClock()
    let tag = String(UInt32.random(in: 0 ... .max), radix: 36)
    let start = clock.now
    let total = try await withThrowingTaskGroup(of: Int.self) { group in
      for connection in 0..<connections {
        group.addTask {
          let transport = try server.connect()
          var count = 0
          while clock.now - start < duration {
            let name = "bench-\(tag)-\(connection)-\(count)"
            let answer = try await Server.send(
              transport, "POST", "/api/v1/namespaces/default/\(plural)",
              body: Array(object(name).utf8))
            guard answer.status == 201 else { throw UnexpectedAnswer(answer.status, answer.body) }
            count += 1
          }
          return count
        }
      }
      return try await group.reduce(0, +)
    }
    return Double(total) / (clock.now - start).inSeconds
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
