import DNSMessage
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// `10-0-0-1.default.pod.cluster.local`, in each of the three ways.
struct PodNameTests {
  static let soa = "| @ SOA ns.dns"

  static func pod(
    _ namespace: String, _ name: String, _ addresses: [String],
    change: (inout Pod) -> Void = { _ in }
  ) -> ZoneChange {
    var pod = Pod(metadata: ObjectMeta(name: name, namespace: namespace))
    pod.phase = .running
    pod.podIPs = addresses
    change(&pod)
    return .pod(PodRecord(pod))
  }

  static func makeZone(_ mode: PodRecords) -> TestZone {
    TestZone([
      .namespace("default"), .namespace("kube-system"),
      pod("default", "web", ["10.1.2.3", "2001:db8::7"]),
      pod("default", "done", ["10.1.2.4"]) { $0.phase = .succeeded },
      pod("default", "going", ["10.1.2.5"]) {
        $0.metadata.deletionTimestamp = Timestamp(seconds: 1)
      },
      pod("kube-system", "proxy", ["10.9.9.9"]) { $0.hostNetwork = true },
      pod("kube-system", "agent", ["10.9.9.9"]) { $0.hostNetwork = true },
      Objects.externalName("default", "alias", "10-1-2-3.default.pod.cluster.local"),
    ]) { $0.pods = mode }
  }

  @Test(
    arguments: [
      ("10-1-2-3.default", .a, "NXDOMAIN \(soa)", "NOERROR A 10.1.2.3", "NOERROR A 10.1.2.3"),
      (
        "2001-db8--7.default", .aaaa, "NXDOMAIN \(soa)", "NOERROR AAAA 2001:db8::7",
        "NOERROR AAAA 2001:db8::7"
      ),
      ("10-1-2-3.default", .aaaa, "NXDOMAIN \(soa)", "NOERROR \(soa)", "NOERROR \(soa)"),
      ("2001-DB8--7.default", .a, "NXDOMAIN \(soa)", "NOERROR \(soa)", "NOERROR \(soa)"),
      ("10-1-2-3.default", .any, "NXDOMAIN \(soa)", "NOERROR A 10.1.2.3", "NOERROR A 10.1.2.3"),
      // An address nobody has, one of a Pod that has run to its end, one of another namespace.
      ("10-7-7-7.default", .a, "NXDOMAIN \(soa)", "NOERROR A 10.7.7.7", "NXDOMAIN \(soa)"),
      ("10-1-2-4.default", .a, "NXDOMAIN \(soa)", "NOERROR A 10.1.2.4", "NXDOMAIN \(soa)"),
      ("10-1-2-3.kube-system", .a, "NXDOMAIN \(soa)", "NOERROR A 10.1.2.3", "NXDOMAIN \(soa)"),
      // A Pod that is terminating still has its address; two on one node share theirs.
      ("10-1-2-5.default", .a, "NXDOMAIN \(soa)", "NOERROR A 10.1.2.5", "NOERROR A 10.1.2.5"),
      ("10-9-9-9.kube-system", .a, "NXDOMAIN \(soa)", "NOERROR A 10.9.9.9", "NOERROR A 10.9.9.9"),
      // No address, no namespace.
      ("web.default", .a, "NXDOMAIN \(soa)", "NXDOMAIN \(soa)", "NXDOMAIN \(soa)"),
      ("10-1-2.default", .a, "NXDOMAIN \(soa)", "NXDOMAIN \(soa)", "NXDOMAIN \(soa)"),
      ("10-1-2-256.default", .a, "NXDOMAIN \(soa)", "NXDOMAIN \(soa)", "NXDOMAIN \(soa)"),
      ("10-01-2-3.default", .a, "NXDOMAIN \(soa)", "NXDOMAIN \(soa)", "NXDOMAIN \(soa)"),
      ("10-1-2-3.nowhere", .a, "NXDOMAIN \(soa)", "NXDOMAIN \(soa)", "NXDOMAIN \(soa)"),
      ("x.10-1-2-3.default", .a, "NXDOMAIN \(soa)", "NXDOMAIN \(soa)", "NXDOMAIN \(soa)"),
      // The names above.
      ("default", .a, "NXDOMAIN \(soa)", "NOERROR \(soa)", "NOERROR \(soa)"),
      ("nowhere", .a, "NXDOMAIN \(soa)", "NXDOMAIN \(soa)", "NXDOMAIN \(soa)"),
    ] as [(String, RecordType, String, String, String)])
  func `A spelled address is answered as the mode has it`(
    name: String, type: RecordType, disabled: String, insecure: String, verified: String
  ) throws {
    let modes: [(PodRecords, String)] = [
      (.disabled, disabled), (.insecure, insecure), (.verified, verified),
    ]
    for (mode, expected) in modes {
      let answer = try Self.makeZone(mode).answer("\(name).pod.cluster.local", type)
      #expect(answer.replacing("\(name).pod ", with: "") == expected, "\(mode)")
    }
  }

  @Test func `An alias of a Pod's name is followed`() throws {
    for mode in [PodRecords.insecure, .verified] {
      #expect(
        try Self.makeZone(mode).answer("alias.default.svc.cluster.local", .a)
          == """
          NOERROR alias.default.svc CNAME 10-1-2-3.default.pod \
          10-1-2-3.default.pod A 10.1.2.3
          """)
    }
  }

  @Test func `A shared address stays until its last Pod is gone`() throws {
    let zone = Self.makeZone(.verified)
    let name = "10-9-9-9.kube-system.pod.cluster.local"
    zone.apply(.deletePod(Objects.key("kube-system", "agent")))
    #expect(try zone.answer(name, .a) == "NOERROR 10-9-9-9.kube-system.pod A 10.9.9.9")
    zone.apply(.deletePod(Objects.key("kube-system", "proxy")))
    #expect(try zone.answer(name, .a) == "NXDOMAIN \(Self.soa)")
  }

  @Test(
    arguments: [
      ("--1", "::1"), ("fe80--0", "fe80::"), ("fe80--", "fe80::"), ("--", "::"),
      ("2001-db8-0-0-1-0-0-1", "2001:db8:0:0:1:0:0:1"), ("2001-db8--a-b", "2001:db8::a:b"),
      ("a-b-c-d--e-f-1", "a:b:c:d::e:f:1"), ("a--b", "a::b"), ("--ffff-1", "::ffff:1"),
      ("10-0-0-1", "10.0.0.1"), ("0-0-0-0", "0.0.0.0"), ("255-255-255-255", "255.255.255.255"),
      ("-1", nil), ("1-", nil), ("a--b--c", nil), ("1-2-3-4-5-6-7-8-9", nil), ("12345--1", nil),
      ("g--1", nil), ("a---b", nil), ("1-2-3-4-5-6-7", nil), ("", nil), ("-", nil),
      ("1-2-3-4-5--6-7-8", nil), ("10-0-0--1", "10:0:0::1"), ("1..1", nil),
    ] as [(String, String?)])
  func `Labels are read as the addresses they spell`(label: String, expected: String?) {
    var bytes = Array(label.utf8)
    bytes += [UInt8](repeating: 0xA5, count: 8)
    let read: IPAddress? = bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return nil }
      switch PodLabel(base, byteCount: label.utf8.count) {
      case .ipv4(let address): return .v4(address)
      case .ipv6(let high, let low): return .v6(high: high, low: low)
      case .none: return nil
      }
    }
    #expect(read == expected.flatMap { IPAddress($0) })
  }
}
