import JSONTree
import Testing

struct JSONWriteTests {
  @Test(
    arguments: [
      (JSON.null, "null"), (true, "true"), (.integer(.min), "-9223372036854775808"),
      (2.0, "2"), (0.5, "0.5"), ("a\"\\\n\u{1}é", #""a\"\\\n\u0001é""#),
      (["b": 1, "a": [.null, [:]]], #"{"a":[null,{}],"b":1}"#),
    ] as [(JSON, String)])
  func writesTheCanonicalForm(value: JSON, text: String) {
    #expect(value.text == text)
  }

  @Test func equalObjectsHaveEqualBytesWhateverTheirOrder() throws {
    let one = try JSON(parsing: #"{"x":1,"y":{"b":2,"a":1}}"#)
    let other = try JSON(parsing: #"{"y":{"a":1,"b":2},"x":1}"#)
    #expect(one == other)
    #expect(one.encoded() == other.encoded())
  }
}
