import DNSMessage

/// A question with a name nobody else asks for. If it arrives here, its upstream forwards to us, or
/// is us.
enum LoopProbe {
  /// HINFO, as CoreDNS's loop plugin asks: hardly anybody else does.
  static var type: RecordType { RecordType(rawValue: 13) }

  /// Two labels of 64 random bits each.
  static func name(random: inout any RandomNumberGenerator) -> DomainName {
    let labels = [random.next(), random.next()].map { Array(String($0).utf8) }
    return DomainName(labels: labels) ?? .root
  }
}
