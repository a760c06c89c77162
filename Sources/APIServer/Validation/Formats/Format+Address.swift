package import KubernetesAPI

// Kubernetes read addresses for years with rules that current ones no longer accept: leading
// zeros, and IPv4-mapped IPv6 taken for IPv4. Stored objects still hold such text, and it must be
// understood as it was then.

extension IPAddress {
  /// Reads an address in any spelling that was ever accepted, as it was understood then.
  package init?(spelling text: String) {
    if let address = IPAddress(text) {
      self = address.mappedV4 ?? address
      return
    }
    let octets = text.split(separator: ".", omittingEmptySubsequences: false)
    guard octets.count == 4, octets.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) })
    else { return nil }
    self.init(
      octets.map { octet in
        let significant = octet.drop { $0 == "0" }
        return significant.isEmpty ? "0" : String(significant)
      }.joined(separator: "."))
  }

  /// The family of an address in any spelling that was ever accepted, nil for other text.
  package static func family(ofSpelling text: String) -> Family? {
    IPAddress(spelling: text)?.family
  }
}

extension Format {
  /// An address traffic can be sent to from anywhere: endpoints, and external IPs of Services.
  package static func endpointIP(_ value: String) -> [String] {
    guard let address = IPAddress(spelling: value) else { return ["must be a valid IP address"] }
    var problems: [String] = []
    if address.isUnspecified { problems.append("may not be unspecified (\(value))") }
    if address.isLoopback {
      problems.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    }
    if address.isLinkLocalUnicast {
      problems.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    }
    if address.isLinkLocalMulticast {
      problems.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    }
    return problems
  }
}

/// Warnings about an address that is accepted but not written as it should be.
package func addressWarnings(_ value: String, at path: FieldPath) -> [String] {
  guard let meant = IPAddress(spelling: value) else { return [] }
  guard let address = IPAddress(value), address.mappedV4 == nil else {
    return ["\(path): non-standard IP address \"\(value)\" is invalid: use \"\(meant)\""]
  }
  guard address.family == .v6, address.description != value else { return [] }
  return [
    "\(path): IPv6 address \"\(value)\" should be in RFC 5952 canonical format (\"\(address)\")"
  ]
}

/// Warnings about a range of addresses that is accepted but not written as it should be.
package func rangeWarnings(_ value: String, at path: FieldPath) -> [String] {
  let parts = value.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
  guard parts.count == 2, let address = IPAddress(spelling: parts[0]),
    var length = Int(parts[1])
  else { return [] }
  let isMapped = IPAddress(parts[0])?.mappedV4 != nil
  if isMapped { length -= 96 }
  guard let range = CIDR(containing: address, prefixLength: length) else { return [] }
  var warnings: [String] = []
  if range.network != address {
    let single = "\(address)/\(address.family == .v4 ? 32 : 128)"
    warnings.append(
      "\(path): CIDR value \"\(value)\" is ambiguous in this context (should be \"\(range)\" or "
        + "\"\(single)\"?)")
  }
  if isMapped || CIDR(value) == nil {
    warnings.append(
      "\(path): non-standard CIDR value \"\(value)\" is invalid: use \"\(range)\"")
  }
  if warnings.isEmpty, address.family == .v6, range.description != value {
    warnings.append(
      "\(path): IPv6 CIDR value \"\(value)\" should be in RFC 5952 canonical format (\"\(range)\")"
    )
  }
  return warnings
}
