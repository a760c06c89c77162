import KubernetesAPI
import Testing

@testable import NodeAgent

struct ContainerEnvironmentTests {
  @Test(arguments: [
    ("$(A)", "1"), ("x$(A)y$(B)", "x1y2"), ("$$(A)", "$(A)"), ("$(NONE)", "$(NONE)"),
    ("$A", "$A"), ("$(A", "$(A"), ("a$", "a$"), ("$$$(A)", "$1"), ("", ""),
  ])
  func referencesAreExpandedAsKubernetesDoes(text: String, expected: String) {
    #expect(ContainerEnvironment.expand(text, ["A": "1", "B": "2"]) == expected)
  }

  @Test func aServiceHasTheVariablesOfDockerLinks() {
    var service = Service(
      metadata: ObjectMeta(name: "redis-primary", namespace: "default"))
    service.clusterIPs = ["10.0.0.11"]
    service.ports = [Service.Port(name: "client", port: 6379)]
    let variables = Dictionary(
      ContainerEnvironment.variables(of: [service]), uniquingKeysWith: { $1 })
    #expect(
      variables == [
        "REDIS_PRIMARY_SERVICE_HOST": "10.0.0.11", "REDIS_PRIMARY_SERVICE_PORT": "6379",
        "REDIS_PRIMARY_SERVICE_PORT_CLIENT": "6379",
        "REDIS_PRIMARY_PORT": "tcp://10.0.0.11:6379",
        "REDIS_PRIMARY_PORT_6379_TCP": "tcp://10.0.0.11:6379",
        "REDIS_PRIMARY_PORT_6379_TCP_PROTO": "tcp", "REDIS_PRIMARY_PORT_6379_TCP_PORT": "6379",
        "REDIS_PRIMARY_PORT_6379_TCP_ADDR": "10.0.0.11",
      ])
    service.clusterIPs = ["None"]
    #expect(ContainerEnvironment.variables(of: [service]).isEmpty)
  }
}
