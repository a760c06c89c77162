import KubernetesAPI

extension Format {
  /// A transport port that can be bound: 1 to 65535.
  package static func port(_ value: Int64) -> [String] { range(value, 1...65535) }

  /// The name of a port as IANA registers service names (RFC 6335), lower case only.
  package static func portName(_ value: String) -> [String] {
    let bytes = value.utf8
    var problems: [String] = []
    if bytes.count > 15 { problems.append(tooManyCharacters(15)) }
    if bytes.isEmpty || !bytes.allSatisfy({ $0.isLowercaseAlphanumeric || $0.isHyphen }) {
      problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    }
    if !bytes.contains(where: \.isLowercaseLetter) {
      problems.append("must contain at least one letter (a-z)")
    }
    if zip(bytes, bytes.dropFirst()).contains(where: { $0.isHyphen && $1.isHyphen }) {
      problems.append("must not contain consecutive hyphens")
    }
    if bytes.first?.isHyphen == true || bytes.last?.isHyphen == true {
      problems.append("must not begin or end with a hyphen")
    }
    return problems
  }

  /// An address in a field that never demanded canonical text: any spelling of IPv4 or IPv6, but
  /// no leading zeros and no IPv4-mapped IPv6.
  package static func legacyIP(_ value: String) -> [String] {
    if let address = IPAddress(value) {
      return address.mappedV4 == nil ? [] : ["must not be an IPv4-mapped IPv6 address"]
    }
    return isPaddedIPv4(value[...])
      ? ["must not have leading 0s"]
      : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
  }

  /// An address in its canonical text.
  package static func ip(_ value: String) -> [String] {
    let problems = legacyIP(value)
    guard problems.isEmpty, let address = IPAddress(value), address.description != value else {
      return problems
    }
    return ["must be in canonical form (\"\(address)\")"]
  }

  /// A range of addresses in a field that never demanded canonical text.
  package static func legacyCIDR(_ value: String) -> [String] {
    let parts = value.split(separator: "/", omittingEmptySubsequences: false)
    if let range = CIDR(value), let address = IPAddress(String(parts[0])) {
      if address.mappedV4 != nil { return ["must not have an IPv4-mapped IPv6 address"] }
      return address == range.network ? [] : ["must not have bits set beyond the prefix length"]
    }
    if parts.count == 2, let length = Int(parts[1]), !parts[1].isEmpty,
      parts[1].utf8.allSatisfy(\.isDigit),
      IPAddress(String(parts[0])).map({ length <= ($0.family == .v4 ? 32 : 128) })
        ?? (isPaddedIPv4(parts[0]) && length <= 32)
    {
      return ["must not have leading 0s in IP or prefix length"]
    }
    return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
  }

  /// A range of addresses in its canonical text.
  package static func cidr(_ value: String) -> [String] {
    let problems = legacyCIDR(value)
    guard problems.isEmpty, let range = CIDR(value), range.description != value else {
      return problems
    }
    return ["must be in canonical form (\"\(range)\")"]
  }

  /// Dotted-quad IPv4 some octet of which begins with a superfluous zero.
  private static func isPaddedIPv4(_ value: Substring) -> Bool {
    let octets = value.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4
      && octets.allSatisfy { octet in
        !octet.isEmpty && octet.utf8.allSatisfy(\.isDigit) && (Int(octet) ?? 256) < 256
      }
  }

  /// A header name as Go's HTTP library accepts it.
  package static func httpHeaderName(_ value: String) -> [String] {
    if !value.isEmpty, value.utf8.allSatisfy({ $0.isAlphanumeric || $0.isHyphen }) { return [] }
    return [
      pattern(
        "a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+",
        examples: "X-Header-Name")
    ]
  }
}
