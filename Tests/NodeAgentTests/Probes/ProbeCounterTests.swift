import JSONTree
import Testing

@testable import NodeAgent

struct ProbeCounterTests {
  @Test func thresholdsCountInSuccession() {
    let probe = ProbeDefinition(.readiness, ["successThreshold": 2, "failureThreshold": 3])
    var counter = ProbeCounter(probe)
    #expect(!counter.isPassing)
    #expect(counter.take(isSuccess: true) == nil)
    #expect(counter.take(isSuccess: true) == true)
    #expect(counter.take(isSuccess: false) == nil)
    #expect(counter.take(isSuccess: false) == nil)
    #expect(counter.isPassing)
    #expect(counter.take(isSuccess: true) == nil)
    for _ in 0..<2 { #expect(counter.take(isSuccess: false) == nil) }
    #expect(counter.take(isSuccess: false) == false)
    #expect(!counter.isPassing)
  }

  @Test func absentTimingsAreTheKubernetesDefaults() {
    let probe = ProbeDefinition(.liveness, [:])
    #expect(probe.period == .seconds(10))
    #expect(probe.timeout == .seconds(1))
    #expect(probe.failureThreshold == 3)
    #expect(probe.successThreshold == 1)
    #expect(probe.initialDelay == .zero)
  }

  @Test func aHealthAnswerIsRead() {
    #expect(HealthCheck.status([0, 0, 0, 0, 2, 0x08, 0x01]) == .success)
    #expect(
      HealthCheck.status([0, 0, 0, 0, 2, 0x08, 0x02])
        == .failure("service unhealthy (responded with \"NOT_SERVING\")"))
    #expect(
      HealthCheck.status([]) == .failure("service unhealthy (responded with \"UNKNOWN\")"))
  }
}
