import JSONTree
import KubernetesAPI
import KubernetesClient
import Synchronization
import Telemetry
import Testing

@testable import ServiceProxy

struct HealthTests {
  @Test func aHealthCheckPortAnswersAsKubeProxyDoes() throws {
    let response = HealthCheckPorts.response(Make.key("web"), 2, isHealthy: true)
    #expect(response.status == 200)
    #expect(response.headers["X-Load-Balancing-Endpoint-Weight"] == "2")
    let body = try JSON(parsing: Array(response.body.utf8))
    #expect(body["localEndpoints"]?.integer == 2)
    #expect(body["serviceProxyHealthy"]?.bool == true)
    #expect(body[path: "service", "name"]?.string == "web")
    #expect(HealthCheckPorts.response(Make.key("web"), 0, isHealthy: true).status == 503)
    #expect(HealthCheckPorts.response(Make.key("web"), 2, isHealthy: false).status == 503)
  }

  @Test func aChangeThatWaitsTooLongMakesTheProxyUnhealthy() {
    let now = Mutex(Duration.zero)
    var time = TimeSource.system
    time.uptime = { now.withLock { $0 } }
    let health = ProxyHealth(time: time)
    #expect(health.respond(to: StatusRequest(path: "/healthz")).status == 503)
    health.synced()
    #expect(health.respond(to: StatusRequest(path: "/healthz")).status == 200)
    health.changeQueued()
    now.withLock { $0 = .seconds(61) }
    #expect(health.respond(to: StatusRequest(path: "/livez")).status == 503)
    health.synced()
    health.setNodeIsGoing(true)
    #expect(health.respond(to: StatusRequest(path: "/livez")).status == 200)
    #expect(health.respond(to: StatusRequest(path: "/healthz")).status == 503)
  }
}
