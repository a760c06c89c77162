import KubernetesAPI
import Testing

@testable import rollcall

struct PodRangesTests {
  @Test(arguments: ["10.244.0.0/24", "10.244.0.0/24,fd00:10:244::/64", "fd00::/120"])
  func oneRangeOfEachFamilyIsTaken(text: String) throws {
    let ranges = try #require(PodRanges(argument: text))
    #expect(ranges.defaultValueDescription == text)
  }

  @Test(arguments: [
    "", "nonsense", "10.244.0.0", "10.0.0.0/24,10.1.0.0/24", "10.244.0.0/24,", "10.244.0.0/30",
    "fd00::/48",
  ])
  func othersAreRefused(text: String) {
    #expect(PodRanges(argument: text) == nil)
  }

  @Test func theStandardIsANodesShareOfKubernetesDefault() {
    #expect(PodRanges.standard.ranges.map(\.description) == ["10.244.0.0/24"])
  }
}
