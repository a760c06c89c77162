import DNSMessage
import Testing

struct DomainNameTests {
  @Test(arguments: [
    (".", [0] as [UInt8], "."),
    ("", [0], "."),
    ("a", [1, 0x61, 0], "a."),
    ("A.b.", [1, 0x41, 1, 0x62, 0], "A.b."),
    (#"a\.b"#, [3, 0x61, 0x2E, 0x62, 0], #"a\.b."#),
    (#"\000\255"#, [2, 0, 255, 0], #"\000\255."#),
    (#"\\"#, [1, 0x5C, 0], #"\\."#),
  ])
  func `Text and wire form agree`(text: String, wire: [UInt8], description: String) throws {
    let name = try #require(DomainName(text))
    #expect(name.wire == wire)
    #expect(name.description == description)
    #expect(DomainName(name.description) == name)
  }

  @Test(arguments: ["..", ".a", "a..b", #"a\"#, #"a\25"#, #"a\256"#])
  func `Text that names nothing is refused`(text: String) {
    #expect(DomainName(text) == nil)
  }

  @Test func `Labels end at 63 bytes and names at 255`() throws {
    let label = String(repeating: "x", count: 63)
    #expect(DomainName(label) != nil)
    #expect(DomainName(label + "x") == nil)
    let long = [label, label, label, String(repeating: "y", count: 61)].joined(separator: ".")
    #expect(try #require(DomainName(long)).wire.count == 255)
    #expect(DomainName(long + "y") == nil)
    #expect(try #require(DomainName(long)).prepending("z") == nil)
  }

  @Test func `Case is kept and ignored`() throws {
    let upper = try #require(DomainName("WWW.Example.COM"))
    let lower = try #require(DomainName("www.example.com"))
    #expect(upper == lower)
    #expect(upper.hashValue == lower.hashValue)
    #expect(upper.description == "WWW.Example.COM.")
    #expect(upper.lowercasedWire == lower.wire)
    #expect(DomainName("wwx.example.com") != lower)
    // "@" and "[" stand just outside the letters; "`" and "{" are what they would become.
    #expect(DomainName("@[") != DomainName("`{"))
  }

  @Test func `Ancestors are found label by label`() throws {
    let zone = try #require(DomainName("cluster.local"))
    let name = try #require(zone.prepending("db", "default", "svc"))
    #expect(name.description == "db.default.svc.cluster.local.")
    #expect(name.isWithin(zone))
    #expect(zone.isWithin(zone))
    #expect(name.isWithin(.root))
    #expect(!zone.isWithin(name))
    #expect(try !#require(DomainName("notcluster.local")).isWithin(zone))
    #expect(name.labels.count == 5)
    #expect(name.parent == DomainName("default.svc.cluster.local"))
    #expect(DomainName.root.parent == nil)
  }
}
