import KubernetesAPI
import Testing

@testable import Controllers

struct LoadBalancerReconcilerTests {
  private let reconciler = LoadBalancerReconciler(
    pool: AddressPool(["192.0.2.0/29", "2001:db8::/125"].compactMap { CIDR($0) }))

  private func service(_ edit: (inout Service) -> Void = { _ in }) -> Service {
    var service = Service(
      metadata: ObjectMeta(name: "web", namespace: "default"), type: .loadBalancer)
    service.clusterIPs = ["10.96.0.1"]
    edit(&service)
    return service
  }

  private func addresses(_ texts: String...) -> [IPAddress] { texts.compactMap { IPAddress($0) } }

  @Test func aServiceGetsTheLowestFreeAddress() {
    #expect(reconciler.decide(service(), taken: []) == .set(addresses("192.0.2.1")))
    #expect(
      reconciler.decide(service(), taken: Set(addresses("192.0.2.1", "192.0.2.2")))
        == .set(addresses("192.0.2.3")))
  }

  @Test func anAddressStaysAndOnePerFamilyIsGiven() {
    let kept = service { $0.loadBalancerAddresses = ["192.0.2.4"] }
    #expect(reconciler.decide(kept, taken: []) == .keep)
    let dual = service {
      $0.loadBalancerAddresses = ["192.0.2.4"]
      $0.ipFamilies = [.v4, .v6]
    }
    #expect(reconciler.decide(dual, taken: []) == .set(addresses("192.0.2.4", "2001:db8::1")))
  }

  @Test func aRequestedAddressIsGivenUnlessItIsTaken() {
    #expect(
      reconciler.decide(service(), requested: "192.0.2.5", taken: [])
        == .set(addresses("192.0.2.5")))
    #expect(
      reconciler.decide(service(), requested: "192.0.2.5", taken: Set(addresses("192.0.2.5")))
        == .set(addresses("192.0.2.1")))
  }

  @Test func otherClassesAreLeftAlone() {
    let foreign = service {
      $0.traffic.loadBalancerClass = "example.com/other"
      $0.loadBalancerAddresses = ["192.0.2.4"]
    }
    #expect(reconciler.decide(foreign, taken: []) == .keep)
    let ours = service { $0.traffic.loadBalancerClass = LoadBalancerReconciler.className }
    #expect(reconciler.decide(ours, taken: []) == .set(addresses("192.0.2.1")))
  }

  @Test func aServiceThatStopsBeingALoadBalancerGivesItsAddressBack() {
    let former = service {
      $0.type = .clusterIP
      $0.loadBalancerAddresses = ["192.0.2.4"]
    }
    #expect(reconciler.decide(former, taken: []) == .set([]))
    #expect(reconciler.decide(service { $0.type = .clusterIP }, taken: []) == .keep)
  }

  @Test func anEmptyPoolSaysSo() {
    let all = Set(
      addresses("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5", "192.0.2.6"))
    #expect(reconciler.decide(service(), taken: all) == .exhausted(.v4))
  }
}
