extension Format {
  private static let label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
  private static let subdomain = label + "(\\." + label + ")*"
  private static let underscoredLabel = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?"

  private static func isLabel(_ bytes: Substring.UTF8View) -> Bool {
    bytes.isFramed(by: \.isLowercaseAlphanumeric) { $0.isLowercaseAlphanumeric || $0.isHyphen }
  }

  private static func isUnderscoredLabel(_ bytes: Substring.UTF8View) -> Bool {
    let rest = bytes.first?.isUnderscore == true ? bytes.dropFirst() : bytes
    return rest.isFramed(by: \.isLowercaseAlphanumeric) {
      $0.isLowercaseAlphanumeric || $0.isHyphen || $0.isUnderscore
    }
  }

  private static func labels(
    of value: String, allSatisfy isLabel: (Substring.UTF8View) -> Bool
  ) -> Bool {
    value.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .allSatisfy(isLabel)
  }

  static func isSubdomain(_ value: String) -> Bool { labels(of: value, allSatisfy: isLabel) }

  /// A label as in RFC 1123, at most 63 characters.
  package static func dns1123Label(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append(tooManyCharacters(63)) }
    if isLabel(value[...].utf8) { return problems }
    if isSubdomain(value) {
      problems.append("must not contain dots")
    } else {
      problems.append(
        pattern(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
            + "and must start and end with an alphanumeric character",
          label, examples: "my-name", "123-abc"))
    }
    return problems
  }

  /// Labels as in RFC 1123 with dots between them, at most 253 characters.
  package static func dns1123Subdomain(_ value: String) -> [String] {
    dns1123Subdomain(value, tooLong: tooManyCharacters(253))
  }

  static func dns1123Subdomain(_ value: String, tooLong: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 253 { problems.append(tooLong) }
    if !isSubdomain(value) {
      problems.append(
        pattern(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
            + "or '.', and must start and end with an alphanumeric character",
          subdomain, examples: "example.com"))
    }
    return problems
  }

  /// A subdomain whose labels may hold underscores (search domains of a Pod).
  package static func dns1123SubdomainWithUnderscore(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 253 { problems.append(tooManyCharacters(253)) }
    if !labels(of: value, allSatisfy: isUnderscoredLabel) {
      problems.append(
        pattern(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', "
            + "'-' or '.', and must start and end with an alphanumeric character",
          underscoredLabel + "(\\." + underscoredLabel + ")*", examples: "example.com"))
    }
    return problems
  }

  /// `*.` and a subdomain (RFC 1034 section 4.3.3).
  package static func wildcardDNS1123Subdomain(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 253 { problems.append(tooManyCharacters(253)) }
    if !value.hasPrefix("*.") || !isSubdomain(String(value.dropFirst(2))) {
      problems.append(
        pattern(
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, "
            + "which must consist of lower case alphanumeric characters, '-' or '.' and end with "
            + "an alphanumeric character",
          "\\*\\." + subdomain, examples: "*.example.com"))
    }
    return problems
  }

  /// A label as in RFC 1035: it starts with a letter. Names of Services.
  package static func dns1035Label(_ value: String) -> [String] {
    var problems: [String] = []
    if value.utf8.count > 63 { problems.append(tooManyCharacters(63)) }
    if !isLabel(value[...].utf8) || value.utf8.first?.isDigit == true {
      problems.append(
        pattern(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
            + "an alphabetic character, and end with an alphanumeric character",
          "[a-z]([-a-z0-9]*[a-z0-9])?", examples: "my-name", "abc-123"))
    }
    return problems
  }
}
