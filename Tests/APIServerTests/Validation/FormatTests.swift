import APIServer
import Testing

@Suite struct FormatTests {
  static let label =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    + "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
    + "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
  static let subdomain =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    + "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    + "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
  static let name =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    + "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

  @Test(arguments: [
    ("a", []), ("a-1", []), ("1-a", []), (String(repeating: "a", count: 63), []),
    ("a.b", ["must not contain dots"]), ("", [label]), ("-a", [label]), ("a-", [label]),
    ("A", [label]), ("a_b", [label]), ("é", [label]),
    (String(repeating: "a", count: 64), ["must be no more than 63 characters"]),
  ])
  func `A DNS-1123 label is checked with Kubernetes' words`(value: String, expected: [String]) {
    #expect(Format.dns1123Label(value) == expected)
  }

  @Test(arguments: [
    ("a", []), ("a.b-c.1", []), ("", [subdomain]), ("a..b", [subdomain]), (".a", [subdomain]),
    ("a.", [subdomain]), ("a.-b", [subdomain]), ("A.b", [subdomain]),
    (
      String(repeating: "a", count: 254),
      ["must be no more than 253 characters"]
    ),
  ])
  func `A DNS-1123 subdomain is checked with Kubernetes' words`(
    value: String, expected: [String]
  ) {
    #expect(Format.dns1123Subdomain(value) == expected)
  }

  @Test(arguments: [
    ("web", true), ("a-1", true), ("1a", false), ("a.b", false), ("", false), ("a-", false),
  ])
  func `A DNS-1035 label starts with a letter`(value: String, isFine: Bool) {
    #expect(Format.dns1035Label(value).isEmpty == isFine)
  }

  @Test(arguments: [
    ("_tcp.example.com", true), ("a_b.c", true), ("__a", false), ("a_", false), ("_", false),
  ])
  func `Underscores are allowed where search domains may hold them`(value: String, isFine: Bool) {
    #expect(Format.dns1123SubdomainWithUnderscore(value).isEmpty == isFine)
  }

  @Test(arguments: [
    ("app", []), ("App_1.x", []), ("example.com/app", []), ("a", []),
    ("/app", ["prefix part must be non-empty"]),
    ("UP.com/app", ["prefix part " + subdomain]),
    ("example.com/", ["name part must be non-empty", "name part " + name]),
    ("", ["name part must be non-empty", "name part " + name]),
    (
      "a/b/c",
      [
        "a valid label key " + name + " with an optional DNS subdomain prefix and '/' (e.g. "
          + "'example.com/MyName')"
      ]
    ),
    (String(repeating: "a", count: 64), ["name part must be no more than 63 bytes"]),
    ("-a", ["name part " + name]),
  ])
  func `A qualified name is checked with Kubernetes' words`(value: String, expected: [String]) {
    #expect(Format.qualifiedName(value) == expected)
  }

  @Test(arguments: [
    ("", true), ("a", true), ("A.b_c-d", true), ("a b", false), ("-a", false), ("a/b", false),
    (String(repeating: "x", count: 64), false),
  ])
  func `A label value is empty or a name`(value: String, isFine: Bool) {
    #expect(Format.labelValue(value).isEmpty == isFine)
  }

  @Test(arguments: [
    ("http", []), ("a-b-1", []),
    ("a--b", ["must not contain consecutive hyphens"]),
    ("-a", ["must not begin or end with a hyphen"]),
    ("80", ["must contain at least one letter (a-z)"]),
    ("Http", ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
    ("sixteencharacter", ["must be no more than 15 characters"]),
    (
      "",
      [
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        "must contain at least one letter (a-z)",
      ]
    ),
  ])
  func `A port name is checked with Kubernetes' words`(value: String, expected: [String]) {
    #expect(Format.portName(value) == expected)
  }

  @Test(arguments: [
    ("10.0.0.1", []), ("2001:db8::1", []),
    ("010.0.0.1", ["must not have leading 0s"]),
    ("::ffff:1.2.3.4", ["must not be an IPv4-mapped IPv6 address"]),
    ("2001:DB8::1", ["must be in canonical form (\"2001:db8::1\")"]),
    ("1.2.3", ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]),
    ("1.2.3.256", ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]),
    ("", ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]),
  ])
  func `An address is checked with Kubernetes' words`(value: String, expected: [String]) {
    #expect(Format.ip(value) == expected)
  }

  @Test(arguments: [
    ("10.0.0.0/8", []), ("2001:db8::/64", []),
    ("10.0.0.1/8", ["must not have bits set beyond the prefix length"]),
    ("10.0.0.0/08", ["must not have leading 0s in IP or prefix length"]),
    ("010.0.0.0/8", ["must not have leading 0s in IP or prefix length"]),
    ("::ffff:10.0.0.0/104", ["must not have an IPv4-mapped IPv6 address"]),
    ("10.0.0.0/33", ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]),
    ("10.0.0.0", ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]),
    ("2001:DB8::/64", ["must be in canonical form (\"2001:db8::/64\")"]),
  ])
  func `A range of addresses is checked with Kubernetes' words`(
    value: String, expected: [String]
  ) {
    #expect(Format.cidr(value) == expected)
  }

  @Test(arguments: [
    ("key.name", true), ("KEY_1", true), (".hidden", true), ("", false), ("a/b", false),
    ("..", false), ("..data", false), (".", false), ("a..b", true),
  ])
  func `A key of a ConfigMap is a safe file name`(value: String, isFine: Bool) {
    #expect(Format.configMapKey(value).isEmpty == isFine)
  }

  @Test func `A range of numbers names its bounds`() {
    #expect(Format.port(0) == ["must be between 1 and 65535, inclusive"])
    #expect(Format.port(65535) == [])
    #expect(Format.userID(-1) == ["must be between 0 and 2147483647, inclusive"])
  }

  @Test(arguments: [
    ("A=B", false), ("", false), ("1 a-b", true), ("MY_ENV", true), ("é", false), ("\t", false),
  ])
  func `The name of a variable is printable ASCII without an equals sign`(
    value: String, isFine: Bool
  ) {
    #expect(Format.environmentName(value).isEmpty == isFine)
  }

  @Test(arguments: [("5%", true), ("%", false), ("5", false), ("-5%", false), ("5%%", false)])
  func `A percentage is digits and a sign`(value: String, isFine: Bool) {
    #expect(Format.percent(value).isEmpty == isFine)
  }
}
