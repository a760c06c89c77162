import DNSMessage
import KubernetesAPI

/// The names of the zones themselves: apexes, name server, schema version.
struct SystemNames {
  private let configuration: ZoneConfiguration

  init(_ configuration: ZoneConfiguration) { self.configuration = configuration }

  private func name(_ labels: String...) -> DomainName? {
    var name: DomainName? = configuration.domain
    for label in labels.reversed() { name = name?.prepending(label) }
    return name
  }

  /// The SOA record of all zones, at a serial.
  func authority(serial: UInt32) -> ZoneAuthority {
    let soa = StartOfAuthority(
      primary: name("ns", "dns") ?? configuration.domain,
      mailbox: name("hostmaster") ?? configuration.domain, serial: serial, refresh: 7200,
      retry: 1800, expire: 86400, minimum: configuration.ttl)
    return ZoneAuthority(
      zone: configuration.domain, reverseZones: reverseZones, startOfAuthority: soa,
      ttl: configuration.ttl, answersAnyPod: configuration.pods == .insecure)
  }

  /// - Parameter nameServers: what the name server's name resolves to.
  func blob(nameServers: [IPAddress]) -> AnswerBlob {
    var builder = AnswerBlobBuilder(ttl: configuration.ttl)
    if let server = name("ns", "dns"), let dns = name("dns"), let services = name("svc"),
      let version = name("dns-version")
    {
      let node = builder.add(server.lowercasedWire, ServiceNames.recordSets(nameServers))
      let targets: [(node: Int, port: UInt16)] = [(node: node, port: 0)]
      for apex in [configuration.domain] + reverseZones {
        builder.add(
          apex.lowercasedWire, [.startOfAuthority, .targets(.ns, targets)])
      }
      builder.add(dns.lowercasedWire)
      builder.add(services.lowercasedWire)
      if configuration.pods != .disabled, let pods = name("pod") {
        builder.add(pods.lowercasedWire)
      }
      let text = Array(ZoneSchema.version.utf8)
      builder.add(
        version.lowercasedWire, [.single(.txt, data: [UInt8(text.count)] + text)])
    }
    return builder.makeBlob()
  }

  /// The reverse zones that cover the Service ranges: a range that ends inside a label is covered
  /// by several, a `/12` by sixteen zones of two octets.
  var reverseZones: [DomainName] {
    configuration.serviceRanges.flatMap { range -> [DomainName] in
      let bitsPerLabel = range.family == .v4 ? 8 : 4
      let labelCount = (range.prefixLength + bitsPerLabel - 1) / bitsPerLabel
      let zoneBits = labelCount * bitsPerLabel
      let openBits = zoneBits - range.prefixLength
      let first = Self.digits(of: range.network).prefix(labelCount)
      return (0..<(1 << openBits)).compactMap { step in
        var digits = Array(first)
        if let last = digits.popLast() { digits.append(last + step) }
        return Self.reverseName(digits, range.family)
      }
    }
  }

  /// The octets of an IPv4 address, the hexadecimal digits of an IPv6 address.
  private static func digits(of address: IPAddress) -> [Int] {
    switch address.family {
    case .v4: address.bytes.map(Int.init)
    case .v6: address.bytes.flatMap { [Int($0 >> 4), Int($0 & 0xF)] }
    }
  }

  private static func reverseName(_ digits: [Int], _ family: IPAddress.Family) -> DomainName? {
    let labels = digits.reversed().map { String($0, radix: family == .v4 ? 10 : 16) }
    let suffix = family == .v4 ? ["in-addr", "arpa"] : ["ip6", "arpa"]
    return DomainName(labels: (labels + suffix).map(\.utf8))
  }
}
