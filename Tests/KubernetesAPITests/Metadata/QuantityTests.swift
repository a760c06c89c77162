import KubernetesAPI
import Testing

@Suite struct QuantityTests {
  @Test(arguments: [
    ("0", "0"), ("0Gi", "0"), ("0.0", "0"), ("1", "1"), ("-1", "-1"), ("+1", "+1"),
    ("0.5", "500m"), ("0.5Gi", "512Mi"), ("1.5Gi", "1536Mi"), ("1024Mi", "1Gi"),
    ("1000", "1k"), ("1000Mi", "1000Mi"), ("100Mi", "100Mi"), ("1024Ki", "1Mi"),
    ("1025Ki", "1025Ki"), ("512", "512"), ("0.1Gi", "107374182400m"), ("0.5Ki", "512"),
    ("1e3", "1e3"), ("1E3", "1E3"), ("12E6", "12E6"), ("1e4", "10e3"), ("1.5e3", "1500"),
    ("100m", "100m"), ("1000m", "1"), ("1500m", "1500m"), ("1.5", "1500m"), ("1.500", "1.500"),
    ("0.001", "1m"), ("1n", "1n"), ("0.1n", "1n"), ("-0.1n", "-1n"), ("2000000", "2M"),
    ("1M", "1M"), ("1000M", "1G"), ("1.1Mi", "1153433600m"), ("1Ei", "1Ei"),
    ("16Ei", "9223372036854775807"),
    ("m", "0"), (".5", "500m"), ("1.", "1."), ("007", "007"), ("1000E", "1000E"), ("1e-3", "1e-3"),
    ("0.25Ki", "256"), ("0.0001Ki", "102400u"),
  ])
  func `the text that comes out is Kubernetes' own`(text: String, expected: String) throws {
    #expect(try Quantity(parsing: text).description == expected)
  }

  @Test(arguments: [
    ("1n", "1m"), ("-0.1n", "-1m"), ("0.0001Ki", "103m"), ("1500u", "2m"), ("1.500", "1.500"),
    ("1Gi", "1Gi"), ("100m", "100m"),
  ])
  func `resource lists know no less than a thousandth`(text: String, expected: String) throws {
    #expect(try Quantity(parsing: text).roundedUpToThousandths.description == expected)
  }

  @Test(arguments: [
    ("", Quantity.ParseError.format), ("x", .format), ("1x", .format), ("1 Gi", .format),
    ("--1", .suffix), ("1.2.3", .format), ("1Kii", .suffix), ("1e", .suffix), ("1ki", .suffix),
    ("1K", .suffix), ("1e99999999999", .suffix), ("1mi", .suffix), ("1G5", .suffix),
  ])
  func `what is no quantity says why`(text: String, error: Quantity.ParseError) {
    #expect(throws: error) { try Quantity(parsing: text) }
  }

  @Test(arguments: [
    ("1", "1000m", 0), ("1", "999m", 1), ("1Ki", "1k", 1), ("-1", "1", -1), ("1e30", "1Ei", 1),
    ("0", "0n", 0), ("1n", "0", 1), ("-2", "-1", -1), ("100Mi", "0.1Gi", -1),
  ])
  func `amounts compare whatever their units`(left: String, right: String, sign: Int) throws {
    let (left, right) = (try Quantity(parsing: left), try Quantity(parsing: right))
    #expect((left < right ? -1 : left == right ? 0 : 1) == sign)
  }

  @Test(arguments: [
    ("1", 1, 1000), ("1.1", 2, 1100), ("500m", 1, 500), ("-500m", -1, -500),
    ("1Gi", 1 << 30, 1000 << 30),
    ("1e30", Int64.max, Int64.max), ("100u", 1, 1),
  ])
  func `whole and thousandth values are rounded away from zero`(
    text: String, value: Int64, milliValue: Int64
  ) throws {
    let quantity = try Quantity(parsing: text)
    #expect(quantity.value == value)
    #expect(quantity.milliValue == milliValue)
  }
}
