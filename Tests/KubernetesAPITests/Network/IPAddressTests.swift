import KubernetesAPI
import Testing

struct IPAddressTests {
  @Test(arguments: [
    ("10.96.0.1", "10.96.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("FD00:0:0:1::2", "fd00:0:0:1::2"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8::0:1", "2001:db8::1"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"),
    ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
  ])
  func writesTheCanonicalText(text: String, canonical: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == canonical)
    #expect(IPAddress(bytes: address.bytes) == address)
    #expect(IPAddress(canonical) == address)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", ":", ":::", "1:2",
    "1::2::3", "12345::", "1:2:3:4:5:6:7:8:9", "::1%eth0", "1:2:3:4:5:6:7:", "::1.2.3", "g::",
    "1:2:3:4:5:6:7::8:9", "1:2:3:4:5:6:7:1.2.3.4",
  ])
  func refusesWhatIsNoAddress(text: String) { #expect(IPAddress(text) == nil) }

  @Test func knowsTheSpecialRanges() throws {
    #expect(try #require(IPAddress("127.8.0.1")).isLoopback)
    #expect(try #require(IPAddress("169.254.25.10")).isLinkLocalUnicast)
    #expect(try #require(IPAddress("fe80::1")).isLinkLocalUnicast)
    #expect(try #require(IPAddress("224.0.0.5")).isLinkLocalMulticast)
    #expect(try !#require(IPAddress("239.0.0.5")).isLinkLocalMulticast)
    #expect(try #require(IPAddress("ff02::5")).isLinkLocalMulticast)
    #expect(try #require(IPAddress("ff05::5")).isMulticast)
  }
}

struct CIDRTests {
  @Test(arguments: [
    ("10.96.5.1/12", "10.96.0.0/12", 20), ("0.0.0.0/0", "0.0.0.0/0", 32),
    ("10.0.0.1/32", "10.0.0.1/32", 0), ("fd00:1::5/108", "fd00:1::/108", 20),
    ("::/0", "::/0", 128), ("fd00::ffff/64", "fd00::/64", 64),
  ])
  func clearsTheBitsBehindThePrefix(text: String, network: String, hostBits: Int) throws {
    let range = try #require(CIDR(text))
    #expect(range.description == network)
    #expect(range.hostBits == hostBits)
  }

  @Test(arguments: ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "::/129", "/8", "a/8"])
  func refusesWhatIsNoRange(text: String) { #expect(CIDR(text) == nil) }

  @Test func countsAddresses() throws {
    let range = try #require(CIDR("10.96.0.0/12"))
    let address = try #require(range.address(at: 10))
    #expect(address.description == "10.96.0.10")
    #expect(range.offset(of: address) == 10)
    #expect(range.address(at: 1 << 20) == nil)
    #expect(range.address(at: (1 << 20) - 1)?.description == "10.111.255.255")
    let outside = try #require(IPAddress("10.112.0.0"))
    #expect(!range.contains(outside))
    #expect(range.offset(of: outside) == nil)
    let wide = try #require(CIDR("fd00::/64"))
    #expect(wide.address(at: .max)?.description == "fd00::ffff:ffff:ffff:ffff")
  }
}
