import DNSMessage
import Foundation
import KubernetesAPI
import Testing

@testable import ClusterDNS

/// The zone on disk: what is read is what was written, or nothing.
struct SnapshotTests {
  static let changes = [
    Objects.service(
      "default", "vip", clusterIPs: ["10.96.0.9", "fd00:10:96::9"],
      ports: [Objects.port("http", 80), Objects.port("dns", 53, .udp)]),
    Objects.service("default", "db") { $0.publishNotReadyAddresses = true },
    Objects.slice("default", "db-1", of: "db", ["db-0=10.0.0.1", "!10.0.0.2"], ports: [("p", 5)]),
    Objects.externalName("default", "ext", "example.com"),
    Objects.service("default", "pending", clusterIPs: []),
    .namespace("idle", revision: 42),
    .pod(pod),
  ]

  static var pod: PodRecord {
    var pod = Pod(metadata: ObjectMeta(name: "p", namespace: "default"))
    pod.podIPs = ["10.7.7.7"]
    return PodRecord(pod)
  }

  static let names: [(String, RecordType)] = [
    ("vip.default.svc.cluster.local", .a), ("vip.default.svc.cluster.local", .aaaa),
    ("_dns._udp.vip.default.svc.cluster.local", .srv), ("db.default.svc.cluster.local", .a),
    ("db-0.db.default.svc.cluster.local", .a), ("_p._tcp.db.default.svc.cluster.local", .srv),
    ("ext.default.svc.cluster.local", .a), ("pending.default.svc.cluster.local", .a),
    ("idle.svc.cluster.local", .a), ("1.0.0.10.in-addr.arpa", .ptr),
    ("10-7-7-7.default.pod.cluster.local", .a), ("cluster.local", .soa),
  ]

  static func restored(_ zone: SavedZone) -> TestZone {
    let restored = TestZone { $0.pods = .verified }
    restored.builder.restore(zone)
    restored.apply()
    return restored
  }

  @Test func `A restored zone answers as the saved one did`() throws {
    let zone = TestZone(Self.changes) { $0.pods = .verified }
    let bytes = SnapshotFormat.encode(zone.builder.saved, asOf: 1_700_000_000)
    let (saved, asOf) = try SnapshotFormat.decode(bytes)
    #expect(asOf == 1_700_000_000)
    let restored = Self.restored(saved)
    for (name, type) in Self.names {
      #expect(
        try restored.sorted(restored.answer(name, type)) == zone.sorted(zone.answer(name, type)),
        "\(name) \(type)")
    }
    #expect(try SerialTests.serial(restored) == 42)
  }

  @Test func `Damage is noticed wherever it is`() throws {
    let bytes = SnapshotFormat.encode(TestZone(Self.changes).builder.saved, asOf: 1)
    for position in bytes.indices {
      var damaged = bytes
      damaged[position] ^= 0x40
      #expect(throws: SnapshotFormat.Failure.self, "byte \(position)") {
        try SnapshotFormat.decode(damaged)
      }
    }
    for length in 0..<bytes.count {
      #expect(throws: SnapshotFormat.Failure.self, "cut to \(length)") {
        try SnapshotFormat.decode(Array(bytes[..<length]))
      }
    }
    var newer = bytes
    newer[8] = 9
    #expect(throws: SnapshotFormat.Failure.otherVersion(9)) { try SnapshotFormat.decode(newer) }
  }

  @Test func `Contents that make no sense are refused even with a right checksum`() {
    var random = SeededGenerator(seed: 11)
    let bytes = SnapshotFormat.encode(TestZone(Self.changes).builder.saved, asOf: 1)
    for _ in 0..<2000 {
      var body = Array(bytes.dropLast(8))
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        body[Int.random(in: 12..<body.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      withUnsafeBytes(of: SnapshotFormat.checksum(body[...]).littleEndian) { body += $0 }
      // Whatever comes of it, it is an answer or an error.
      _ = try? SnapshotFormat.decode(body)
    }
  }

  @Test func `A file is whole or not there`() throws {
    let directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("rollcall-snapshot-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = SnapshotFile(path: directory.appendingPathComponent("zone").path)
    #expect(try file.read() == nil)
    let saved = TestZone(Self.changes).builder.saved
    try file.write(saved, asOf: 5)
    try file.write(saved, asOf: 6)
    #expect(try file.read()?.asOf == 6)
    // Nothing else is left.
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["zone"])
    try Data("something else".utf8).write(to: URL(fileURLWithPath: file.path))
    #expect(throws: SnapshotFile.Failure.self) { try file.read() }
    let nowhere = SnapshotFile(path: directory.path + "/no/zone")
    #expect(throws: SnapshotFile.Failure.self) { try nowhere.write(saved, asOf: 1) }
  }

  @Test func `What is gone meanwhile goes when the cluster is heard`() throws {
    let zone = TestZone(Self.changes)
    let restored = Self.restored(zone.builder.saved)
    // The cluster tells of two Services and one slice again, and has a new one.
    restored.builder.apply(Self.changes[1])
    restored.builder.apply(Objects.slice("default", "db-1", of: "db", ["db-0=10.0.0.1"]))
    restored.builder.apply(Objects.service("default", "new", clusterIPs: ["10.96.0.4"]))
    restored.apply()
    // Until it has told everything, the old is still answered.
    #expect(try restored.ask("vip.default.svc.cluster.local", .a).answers.count == 1)
    restored.builder.dropStale(namespacesAreKnown: false, revision: 99)
    restored.apply()
    #expect(try restored.ask("vip.default.svc.cluster.local", .a).responseCode == .nameError)
    #expect(try restored.ask("db.default.svc.cluster.local", .a).answers.count == 1)
    #expect(try restored.ask("new.default.svc.cluster.local", .a).answers.count == 1)
    #expect(try restored.ask("idle.svc.cluster.local", .a).responseCode == .noError)
    restored.builder.dropStale(namespacesAreKnown: true, revision: 99)
    restored.apply()
    #expect(try restored.ask("idle.svc.cluster.local", .a).responseCode == .nameError)
    #expect(try SerialTests.serial(restored) == 99)
  }
}
