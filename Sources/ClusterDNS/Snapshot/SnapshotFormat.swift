import KubernetesAPI

/// The form of a saved zone on disk: a magic word, a version, when it was current, the records, a
/// checksum over all of it. Numbers are little-endian; counts and lengths are 32 bits.
///
/// A file of another version is not read: what it would save is a few seconds of an API server's
/// absence right after an upgrade.
enum SnapshotFormat {
  static let magic = Array("RCLLZONE".utf8)
  static let version: UInt32 = 1

  /// Why a file is not used.
  enum Failure: Error, Equatable, CustomStringConvertible {
    case notASnapshot
    case otherVersion(UInt32)
    /// Cut short, or changed since it was written.
    case damaged

    var description: String {
      switch self {
      case .notASnapshot: "not a snapshot of a zone"
      case .otherVersion(let version):
        "of version \(version); this program reads version \(SnapshotFormat.version)"
      case .damaged: "damaged"
      }
    }
  }

  /// - Parameter asOf: seconds since 1970 when the zone was last known to be current.
  static func encode(_ zone: SavedZone, asOf: Int64) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.bytes = magic
    writer.append(version)
    writer.append(UInt64(bitPattern: asOf))
    writer.append(zone.revision)
    writer.append(count: zone.services.count)
    for (key, record) in zone.services {
      writer.append(key)
      writer.append(record)
    }
    writer.append(count: zone.slices.count)
    for (key, record) in zone.slices {
      writer.append(key)
      writer.append(record)
    }
    writer.append(count: zone.pods.count)
    for (key, addresses) in zone.pods {
      writer.append(key)
      writer.append(addresses)
    }
    writer.append(count: zone.namespaces.count)
    for name in zone.namespaces { writer.append(name) }
    writer.append(checksum(writer.bytes[...]))
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws(Failure) -> (zone: SavedZone, asOf: Int64) {
    guard bytes.starts(with: magic) else { throw .notASnapshot }
    var reader = SnapshotReader(bytes[magic.count...])
    let version: UInt32 = try reader.number()
    guard version == Self.version else { throw .otherVersion(version) }
    guard bytes.count >= magic.count + 12 else { throw .damaged }
    var tail = SnapshotReader(bytes.suffix(8))
    let expected: UInt64 = try tail.number()
    guard expected == checksum(bytes.dropLast(8)) else { throw .damaged }
    let asOf = Int64(bitPattern: try reader.number())
    var zone = SavedZone(revision: try reader.number())
    for _ in 0..<(try reader.count()) {
      zone.services.append((try reader.key(), try reader.service()))
    }
    for _ in 0..<(try reader.count()) {
      zone.slices.append((try reader.key(), try reader.slice()))
    }
    for _ in 0..<(try reader.count()) {
      zone.pods.append((try reader.key(), try reader.addresses()))
    }
    for _ in 0..<(try reader.count()) { zone.namespaces.append(try reader.string()) }
    guard reader.left == 8 else { throw .damaged }
    return (zone, asOf)
  }

  /// FNV-1a, 64 bits: finds what a crash or a bad disk does; nobody else writes the file.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.withUnsafeBufferPointer { buffer in
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for byte in buffer { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      return hash
    }
  }
}

/// Appends the parts of a snapshot.
private struct SnapshotWriter {
  var bytes: [UInt8] = []

  mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// No zone has four thousand million of anything.
  mutating func append(count: Int) { append(UInt32(clamping: count)) }

  mutating func append(_ text: String) {
    append(count: text.utf8.count)
    bytes += text.utf8
  }

  mutating func append(_ key: ObjectKey) {
    append(key.namespace)
    append(key.name)
  }

  mutating func append(_ address: IPAddress) {
    bytes.append(address.family == .v4 ? 4 : 6)
    bytes += address.bytes
  }

  mutating func append(_ addresses: [IPAddress]) {
    append(count: addresses.count)
    for address in addresses { append(address) }
  }

  mutating func append(_ ports: [ServiceRecord.Port]) {
    append(count: ports.count)
    for port in ports {
      append(port.name)
      append(port.transport.rawValue)
      append(port.number)
    }
  }

  mutating func append(_ record: ServiceRecord) {
    switch record.kind {
    case .cluster(let addresses):
      bytes.append(1)
      append(addresses)
    case .headless: bytes.append(2)
    case .external(let target):
      bytes.append(3)
      append(target)
    case .pending: bytes.append(4)
    }
    append(record.ports)
    bytes.append(record.publishesNotReadyAddresses ? 1 : 0)
  }

  mutating func append(_ record: SliceRecord) {
    append(record.service)
    append(record.ports)
    append(count: record.endpoints.count)
    for endpoint in record.endpoints {
      append(endpoint.address)
      append(endpoint.hostname)
      bytes.append(endpoint.isReady ? 1 : 0)
    }
  }
}

/// Reads the parts of a snapshot; every step is checked against what is left.
private struct SnapshotReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var left: Int { rest.count }

  private mutating func take(_ count: Int) throws(SnapshotFormat.Failure) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw .damaged }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func number<Number: FixedWidthInteger>() throws(SnapshotFormat.Failure) -> Number {
    let bytes = try take(Number.bitWidth / 8)
    return bytes.reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }

  mutating func byte() throws(SnapshotFormat.Failure) -> UInt8 { try number() }

  /// A count of things that take at least one byte each, so that none is taken for true which the
  /// file could not hold.
  mutating func count() throws(SnapshotFormat.Failure) -> Int {
    let count: UInt32 = try number()
    guard Int(count) <= rest.count else { throw .damaged }
    return Int(count)
  }

  mutating func string() throws(SnapshotFormat.Failure) -> String {
    String(decoding: try take(try count()), as: UTF8.self)
  }

  mutating func key() throws(SnapshotFormat.Failure) -> ObjectKey {
    ObjectKey(namespace: try string(), name: try string())
  }

  mutating func address() throws(SnapshotFormat.Failure) -> IPAddress {
    let size = try byte() == 4 ? 4 : 16
    guard let address = IPAddress(bytes: try take(size)) else { throw .damaged }
    return address
  }

  mutating func addresses() throws(SnapshotFormat.Failure) -> [IPAddress] {
    var addresses: [IPAddress] = []
    for _ in 0..<(try count()) { addresses.append(try address()) }
    return addresses
  }

  mutating func ports() throws(SnapshotFormat.Failure) -> [ServiceRecord.Port] {
    var ports: [ServiceRecord.Port] = []
    for _ in 0..<(try count()) {
      let name = try string()
      guard let transport = TransportProtocol(rawValue: try string()) else { throw .damaged }
      ports.append(ServiceRecord.Port(name: name, transport: transport, number: try number()))
    }
    return ports
  }

  mutating func service() throws(SnapshotFormat.Failure) -> ServiceRecord {
    let kind: ServiceRecord.Kind
    switch try byte() {
    case 1: kind = .cluster(addresses: try addresses())
    case 2: kind = .headless
    case 3: kind = .external(try string())
    case 4: kind = .pending
    default: throw .damaged
    }
    return ServiceRecord(
      kind: kind, ports: try ports(), publishesNotReadyAddresses: try byte() != 0)
  }

  mutating func slice() throws(SnapshotFormat.Failure) -> SliceRecord {
    let service = try key()
    let ports = try ports()
    var endpoints: [SliceRecord.Endpoint] = []
    for _ in 0..<(try count()) {
      endpoints.append(
        SliceRecord.Endpoint(
          address: try address(), hostname: try string(), isReady: try byte() != 0))
    }
    return SliceRecord(service: service, endpoints: endpoints, ports: ports)
  }
}
