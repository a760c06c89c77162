import JSONTree
import KubernetesAPI
package import Logging
import Synchronization
import Telemetry

/// Serves the `healthCheckNodePort` of each Service that has one: load balancers ask there whether
/// this node has endpoints of it.
package actor HealthCheckPorts {
  private struct Serving {
    var server: StatusServer
    var count: Count
  }

  /// How many ready endpoints the node has, read by a server while it is changed.
  private final class Count: Sendable {
    let value: Mutex<Int>
    init(_ value: Int) { self.value = Mutex(value) }
  }

  private let health: ProxyHealth
  private let logger: Logger
  private let host: String
  private var serving: [HealthCheckPort: Serving] = [:]

  private struct HealthCheckPort: Hashable {
    var service: ObjectKey
    var port: UInt16
  }

  /// - Parameter host: the address to listen on: every one of the node, unless a test has less.
  package init(health: ProxyHealth, host: String = "::", logger: Logger) {
    self.health = health
    self.host = host
    self.logger = logger
  }

  /// Opens, updates and closes ports.
  ///
  /// - Returns: those that cannot be opened, with the reason.
  @discardableResult
  package func update(_ wanted: [HealthCheck]) async -> [(HealthCheck, String)] {
    let keys = Set(wanted.map { HealthCheckPort(service: $0.service, port: $0.port) })
    for (key, old) in serving where !keys.contains(key) {
      await old.server.stop()
      serving[key] = nil
    }
    var failures: [(HealthCheck, String)] = []
    for check in wanted {
      let key = HealthCheckPort(service: check.service, port: check.port)
      if let known = serving[key] {
        known.count.value.withLock { $0 = check.localEndpoints }
        continue
      }
      let count = Count(check.localEndpoints)
      do {
        serving[key] = Serving(server: try await open(check, count), count: count)
      } catch {
        failures.append((check, "\(error)"))
      }
    }
    return failures
  }

  /// A kernel without IPv6 has no address for both families.
  private func open(
    _ check: HealthCheck, _ count: Count
  ) async throws(ListenFailure) -> StatusServer {
    let (service, health) = (check.service, health)
    func server(_ host: String) -> StatusServer {
      StatusServer(host: host, port: Int(check.port)) { _ in
        Self.response(service, count.value.withLock { $0 }, isHealthy: health.isHealthy)
      }
    }
    let first = server(host)
    do {
      try await first.start()
      return first
    } catch {
      guard host == "::", error.code != .addressInUse else { throw error }
      let second = server("0.0.0.0")
      try await second.start()
      return second
    }
  }

  package func stop() async {
    for item in serving.values { await item.server.stop() }
    serving = [:]
  }

  static func response(
    _ service: ObjectKey, _ endpoints: Int, isHealthy: Bool
  ) -> StatusResponse {
    let body: JSON = [
      "service": ["namespace": .string(service.namespace), "name": .string(service.name)],
      "localEndpoints": .integer(Int64(endpoints)),
      "serviceProxyHealthy": .bool(isHealthy),
    ]
    return StatusResponse(
      status: endpoints > 0 && isHealthy ? 200 : 503,
      headers: ["X-Load-Balancing-Endpoint-Weight": String(endpoints)],
      contentType: "application/json", body: body.text)
  }
}
