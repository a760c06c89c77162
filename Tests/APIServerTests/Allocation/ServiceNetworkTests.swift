import KubernetesAPI
import Testing

@testable import APIServer

@Suite struct ServiceNetworkTests {
  /// First and last address that can be given out, and the first that is given out unasked.
  @Test(arguments: [
    ("10.96.0.0/12", "10.96.0.1", "10.111.255.254", "10.96.1.1"),
    ("10.96.0.0/16", "10.96.0.1", "10.96.255.254", "10.96.1.1"),
    ("10.96.0.0/20", "10.96.0.1", "10.96.15.254", "10.96.1.1"),
    ("10.96.0.0/22", "10.96.0.1", "10.96.3.254", "10.96.0.65"),
    ("10.96.0.0/24", "10.96.0.1", "10.96.0.254", "10.96.0.17"),
    ("10.96.0.0/27", "10.96.0.1", "10.96.0.30", "10.96.0.17"),
    ("10.96.0.0/28", "10.96.0.1", "10.96.0.14", "10.96.0.1"),
    ("10.96.0.0/29", "10.96.0.1", "10.96.0.6", "10.96.0.1"),
    ("fd00::/112", "fd00::1", "fd00::ffff", "fd00::101"),
    ("fd00::/108", "fd00::1", "fd00::f:ffff", "fd00::101"),
    ("fd00::/64", "fd00::1", "fd00::ffff:ffff:ffff:ffff", "fd00::101"),
  ])
  func `a range leaves its lower end to those who ask`(
    text: String, first: String, last: String, dynamic: String
  ) throws {
    let range = try AddressRange(parsing: text)
    #expect(range.firstAddress.description == first)
    #expect(range.address(range.bands.last).description == last)
    let unasked = try #require(range.bands.dynamic)
    #expect(range.address(unasked.lowerBound).description == dynamic)
    #expect(range.number(of: range.cidr.network) == nil)
    for number in [range.bands.first, range.bands.last] {
      #expect(range.number(of: range.address(number)) == number)
    }
  }

  @Test(arguments: [
    ("30000-32767", 30000, 30086, 32767), ("30000-30015", 30000, 30000, 30015),
    ("1-65535", 1, 129, 65535), ("30000-30100", 30000, 30016, 30100), ("7-7", 7, 7, 7),
  ])
  func `a port range leaves its lower end to those who ask`(
    text: String, first: UInt64, dynamic: UInt64, last: UInt64
  ) throws {
    let range = try NodePortRange(parsing: text)
    #expect(range.description == text)
    #expect(range.bands.first == first)
    #expect(range.bands.dynamic == dynamic...last)
  }

  @Test(arguments: [
    "", "10.96.0.0", "10.96.0.1/12", "10.96.0.0/33", "10.96.0.0/30", "fd00::/63",
    "10.96.0.0/12,10.112.0.0/12", "10.96.0.0/12,", "10.96.0.0/12,fd00::/112,10.0.0.0/16", "x/12",
  ])
  func `a range no cluster can run with is refused`(text: String) {
    #expect(throws: ServiceNetwork.SettingError.self) { try ServiceNetwork(serviceCIDR: text) }
  }

  @Test(arguments: ["", "30000", "30001-30000", "0-10", "1-65536", "a-b", "1-2-3", "-5"])
  func `a port range no cluster can run with is refused`(text: String) {
    #expect(throws: ServiceNetwork.SettingError.self) {
      try ServiceNetwork(nodePortRange: text)
    }
  }

  @Test func `the first range decides the primary family and the API server's address`() throws {
    let network = try ServiceNetwork(serviceCIDR: "fd00::/112,10.96.0.0/12")
    #expect(network.primaryFamily == .v6)
    #expect(network.apiServerAddress.description == "fd00::1")
    #expect(network.isDualStack)
    #expect(try !ServiceNetwork().isDualStack)
    #expect(try ServiceNetwork().apiServerAddress.description == "10.96.0.1")
  }
}
