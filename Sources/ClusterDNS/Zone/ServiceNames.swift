import DNSMessage
import KubernetesAPI

/// The names of Services and what they answer, as the Kubernetes DNS specification 1.1.0 has them.
///
/// Beyond the specification, endpoints of Services with a cluster IP have names and reverse names
/// too, as CoreDNS gives them: software takes for granted that a Pod's address has a name.
struct ServiceNames {
  private let ttl: UInt32
  /// `svc.<domain>`, in lower case.
  private let suffix: [UInt8]

  init(_ configuration: ZoneConfiguration) {
    ttl = configuration.ttl
    suffix = [3] + Array("svc".utf8) + configuration.domain.lowercasedWire
  }

  /// The names of one Service.
  struct Result {
    var blob: AnswerBlob
    /// False if all of them are only expected: the Service has no name yet.
    var exists: Bool
  }

  /// One endpoint name below a Service: endpoints share it if they have the same hostname.
  private struct EndpointName {
    var isHostname: Bool
    var addresses: [IPAddress] = []
    /// The slices the endpoints come from, each with its own ports.
    var slices: [Int] = []
  }

  /// The names of one Service, all slices of it merged. Nil if it has none.
  ///
  /// A headless Service without ready endpoints does not exist (section 2.4.1), nor does one whose
  /// addresses are still to come; but as both are about to, their denial may not be kept.
  ///
  /// - Parameter expected: hostnames of endpoints that are to come.
  func names(
    of key: ObjectKey, _ service: ServiceRecord, slices: some Sequence<SliceRecord>,
    expected: Set<String> = []
  ) -> Result? {
    guard let namespace = wire(key.namespace, below: suffix),
      let base = wire(key.name, below: namespace)
    else { return nil }
    var builder = AnswerBlobBuilder(ttl: ttl)
    let slices = Array(slices)
    var exists = true
    switch service.kind {
    case .pending:
      builder.add(base, flags: IndexNode.Flag.isExpected)
      exists = false
    case .external(let target):
      guard let set = Self.alias(target) else { return nil }
      builder.add(base, [set])
    case .cluster(let addresses):
      let node = builder.add(
        base, Self.recordSets(addresses),
        flags: IndexNode.Flag.hasReverse | IndexNode.Flag.isService)
      let endpoints = endpointNames(service, slices)
      addEndpoints(endpoints, below: base, to: &builder)
      addExpected(expected, slices, but: endpoints.map(\.label), below: base, to: &builder)
      let targets = service.ports.map { (port: $0, node: node) }
      addServiceLocations(targets, below: base, to: &builder)
    case .headless:
      let endpoints = endpointNames(service, slices)
      exists = !endpoints.isEmpty
      builder.add(
        base, Self.recordSets(endpoints.flatMap(\.name.addresses)),
        flags: exists ? 0 : IndexNode.Flag.isExpected)
      let nodes = addEndpoints(endpoints, below: base, to: &builder)
      addExpected(expected, slices, but: endpoints.map(\.label), below: base, to: &builder)
      var targets: [(port: ServiceRecord.Port, node: Int)] = []
      for (node, endpoint) in zip(nodes, endpoints) {
        guard let node else { continue }
        for slice in endpoint.name.slices {
          targets += slices[slice].ports.map { (port: $0, node: node) }
        }
      }
      addServiceLocations(targets, below: base, to: &builder)
    }
    return Result(blob: builder.makeBlob(), exists: exists)
  }

  /// Adds the names that endpoints are going to have: those told, and the hostnames of endpoints
  /// that are not ready.
  private func addExpected(
    _ told: Set<String>, _ slices: [SliceRecord], but present: [String], below base: [UInt8],
    to builder: inout AnswerBlobBuilder
  ) {
    var labels = told
    for slice in slices {
      for endpoint in slice.endpoints where !endpoint.isReady && !endpoint.hostname.isEmpty {
        labels.insert(endpoint.hostname)
      }
    }
    let expected = Set(labels.compactMap(Self.label(hostname:))).subtracting(present)
    for label in expected.sorted() {
      guard let name = wire(label, below: base) else { continue }
      builder.add(name, flags: IndexNode.Flag.isExpected)
    }
  }

  /// The names of the ready endpoints, in the order of their labels.
  private func endpointNames(
    _ service: ServiceRecord, _ slices: [SliceRecord]
  ) -> [(label: String, name: EndpointName)] {
    var names: [String: EndpointName] = [:]
    for (index, slice) in slices.enumerated() {
      for endpoint in slice.endpoints
      where endpoint.isReady || service.publishesNotReadyAddresses {
        let hostname = Self.label(hostname: endpoint.hostname)
        let label = hostname ?? Self.label(address: endpoint.address)
        names[label, default: EndpointName(isHostname: hostname != nil)].addresses
          .append(endpoint.address)
        if names[label]?.slices.last != index { names[label]?.slices.append(index) }
        if hostname != nil { names[label]?.isHostname = true }
      }
    }
    return names.map { (label: $0.key, name: $0.value) }.sorted { $0.label < $1.label }
  }

  /// The hostname in lower case, if it can be a label.
  private static func label(hostname: String) -> String? {
    guard (1...MessageLimits.label).contains(hostname.utf8.count),
      !hostname.utf8.contains(UInt8(ascii: "."))
    else { return nil }
    return String(decoding: hostname.utf8.map(DomainName.lowercased), as: UTF8.self)
  }

  /// The address with dashes: `10-0-0-1`, `2001-db8--1`. A label may not end in a dash.
  static func label(address: IPAddress) -> String {
    let dashed = address.description.utf8.map {
      $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") ? UInt8(ascii: "-") : $0
    }
    let label = String(decoding: dashed, as: UTF8.self)
    return label.utf8.last == UInt8(ascii: "-") ? label + "0" : label
  }

  /// Adds the names of endpoints; returns their nodes, nil for a name that would be too long.
  @discardableResult
  private func addEndpoints(
    _ endpoints: [(label: String, name: EndpointName)], below base: [UInt8],
    to builder: inout AnswerBlobBuilder
  ) -> [Int?] {
    endpoints.map { endpoint in
      guard let name = wire(endpoint.label, below: base) else { return nil }
      let flags = IndexNode.Flag.hasReverse
      return builder.add(
        name, Self.recordSets(endpoint.name.addresses),
        flags: endpoint.name.isHostname ? flags | IndexNode.Flag.isHostname : flags)
    }
  }

  /// Adds `_port._transport` names, and the empty names between them and the Service.
  private func addServiceLocations(
    _ targets: [(port: ServiceRecord.Port, node: Int)], below base: [UInt8],
    to builder: inout AnswerBlobBuilder
  ) {
    var byTransport: [TransportProtocol: [String: [(node: Int, port: UInt16)]]] = [:]
    for (port, node) in targets {
      byTransport[port.transport, default: [:]][port.name, default: []]
        .append((node: node, port: port.number))
    }
    for (transport, names) in byTransport.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard let middle = wire("_\(transport.rawValue)", below: base) else { continue }
      builder.add(middle)
      for (name, entries) in names.sorted(by: { $0.key < $1.key }) {
        guard let wire = wire("_\(name)", below: middle) else { continue }
        var unique: [(node: Int, port: UInt16)] = []
        for entry in entries.sorted(by: { ($0.node, $0.port) < ($1.node, $1.port) })
        where unique.last.map({ $0 != entry }) ?? true {
          unique.append(entry)
        }
        builder.add(wire, [.targets(.srv, unique)])
      }
    }
  }

  /// A and AAAA sets of addresses, each once and in order; only those that are not empty.
  static func recordSets(_ addresses: [IPAddress]) -> [AnswerBlobBuilder.RecordSet] {
    var addresses4: [UInt32] = []
    var addresses16: [(high: UInt64, low: UInt64)] = []
    var previous: IPAddress?
    for address in addresses.sorted() where address != previous {
      previous = address
      switch address {
      case .v4(let value): addresses4.append(value)
      case .v6(let high, let low): addresses16.append((high: high, low: low))
      }
    }
    var sets: [AnswerBlobBuilder.RecordSet] = []
    if !addresses4.isEmpty { sets.append(.addresses4(addresses4)) }
    if !addresses16.isEmpty { sets.append(.addresses16(addresses16)) }
    return sets
  }

  /// What an ExternalName Service answers. An address is no name that could be resolved, so it is
  /// answered as what it is.
  private static func alias(_ target: String) -> AnswerBlobBuilder.RecordSet? {
    if let address = IPAddress(target) { return recordSets([address]).first }
    guard let name = DomainName(target), name != .root else { return nil }
    return .single(.cname, data: name.wire)
  }

  /// A name below another, in lower case; nil if it would be too long.
  private func wire(_ label: String, below parent: [UInt8]) -> [UInt8]? {
    let label = label.utf8
    guard (1...MessageLimits.label).contains(label.count),
      1 + label.count + parent.count <= MessageLimits.name
    else { return nil }
    return [UInt8(label.count)] + label.map(DomainName.lowercased) + parent
  }
}
