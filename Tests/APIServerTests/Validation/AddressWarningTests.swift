import APIServer
import KubernetesAPI
import Testing

@Suite struct AddressWarningTests {
  @Test(
    arguments: [
      ("10.0.0.1", nil), ("2001:db8::1", nil), ("x", nil), ("", nil),
      ("010.0.0.1", "p: non-standard IP address \"010.0.0.1\" is invalid: use \"10.0.0.1\""),
      ("00.0.0.000", "p: non-standard IP address \"00.0.0.000\" is invalid: use \"0.0.0.0\""),
      ("256.0.0.01", nil),
      (
        "::ffff:10.0.0.1",
        "p: non-standard IP address \"::ffff:10.0.0.1\" is invalid: use \"10.0.0.1\""
      ),
      (
        "2001:DB8::1",
        "p: IPv6 address \"2001:DB8::1\" should be in RFC 5952 canonical format (\"2001:db8::1\")"
      ),
    ] as [(String, String?)])
  func `addresses not written as they should be are warned about`(
    text: String, warning: String?
  ) {
    #expect(addressWarnings(text, at: FieldPath("p")) == (warning.map { [$0] } ?? []))
  }

  @Test(
    arguments: [
      ("192.0.2.0/24", []), ("x", []), ("192.0.2.0", []),
      (
        "192.0.2.1/24",
        [
          "p: CIDR value \"192.0.2.1/24\" is ambiguous in this context (should be "
            + "\"192.0.2.0/24\" or \"192.0.2.1/32\"?)"
        ]
      ),
      (
        "192.000.2.0/24",
        ["p: non-standard CIDR value \"192.000.2.0/24\" is invalid: use \"192.0.2.0/24\""]
      ),
      (
        "::ffff:192.0.2.0/120",
        ["p: non-standard CIDR value \"::ffff:192.0.2.0/120\" is invalid: use \"192.0.2.0/24\""]
      ),
      (
        "2001:DB8::/64",
        [
          "p: IPv6 CIDR value \"2001:DB8::/64\" should be in RFC 5952 canonical format "
            + "(\"2001:db8::/64\")"
        ]
      ),
    ] as [(String, [String])])
  func `ranges not written as they should be are warned about`(
    text: String, warnings: [String]
  ) {
    #expect(rangeWarnings(text, at: FieldPath("p")) == warnings)
  }
}
