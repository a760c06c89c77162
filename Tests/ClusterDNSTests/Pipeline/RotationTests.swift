import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

struct RotationTests {
  static func makeZone(endpoints: Int, rotationSeed: UInt64 = 0) -> TestZone {
    TestZone(
      [
        Objects.service("default", "app"),
        Objects.slice(
          "default", "app-1", of: "app", (1...endpoints).map { "10.0.0.\($0)" }),
        Objects.slice(
          "default", "app-2", of: "app", (1...endpoints).map { "fd00::\($0)" }, type: .ipv6),
      ], rotationSeed: rotationSeed)
  }

  static let name = "app.default.svc.cluster.local"

  @Test(arguments: [1, 2, 3, 5, 20])
  func `Every record comes first about equally often, the others behind it in order`(
    endpoints: Int
  ) throws {
    let zone = Self.makeZone(endpoints: endpoints)
    let inOrder = (1...endpoints).map { RecordData.a(0x0A00_0000 + UInt32($0)) }
    var firsts: [RecordData: Int] = [:]
    for _ in 0..<(endpoints * 20) {
      let answers = try zone.ask(Self.name, .a).answers.map(\.data)
      let start = try #require(inOrder.firstIndex(of: answers[0]))
      #expect(answers == Array(inOrder[start...] + inOrder[..<start]))
      firsts[answers[0], default: 0] += 1
    }
    #expect(firsts.count == endpoints)
    #expect(firsts.values.allSatisfy { (17...23).contains($0) })
  }

  @Test func `A client that asks for A and AAAA in turn still sees all of each`() throws {
    let zone = Self.makeZone(endpoints: 2)
    var firsts: [RecordData: Int] = [:]
    for _ in 0..<40 {
      firsts[try zone.ask(Self.name, .a).answers[0].data, default: 0] += 1
      firsts[try zone.ask(Self.name, .aaaa).answers[0].data, default: 0] += 1
    }
    #expect(firsts.count == 4)
    #expect(firsts.values.allSatisfy { $0 >= 15 })
  }

  @Test func `Two workers begin at different records`() throws {
    let one = Self.makeZone(endpoints: 20)
    let other = Self.makeZone(endpoints: 20, rotationSeed: 1 << 63)
    #expect(try one.ask(Self.name, .a).answers != other.ask(Self.name, .a).answers)
  }
}
