import JSONTree
import Testing

struct YAMLWriterTests {
  @Test(arguments: [
    (#"{"a":1,"b":"x"}"#, "a: 1\nb: x\n"), ("{}", "{}\n"), ("[]", "[]\n"), (#""x""#, "x\n"),
    (#"{"a":{},"b":[],"c":null}"#, "a: {}\nb: []\nc: null\n"),
    (#"{"a":[1,{"b":2,"c":[3]}]}"#, "a:\n- 1\n- b: 2\n  c:\n  - 3\n"),
    (#"[[1,2],{"a":{"b":true}}]"#, "- - 1\n  - 2\n- a:\n    b: true\n"),
    (
      #"{"a":"yes","b":"1","c":"","d":"~","e":"1.5e3"}"#,
      "a: \"yes\"\nb: \"1\"\nc: \"\"\nd: \"~\"\ne: \"1.5e3\"\n"
    ),
    (#"{"a":"2026-11-23T23:29:45Z"}"#, "a: \"2026-11-23T23:29:45Z\"\n"),
    (
      ##"{"a":"x: y","b":"- x","c":"it's #1","d":"# c"}"##,
      "a: 'x: y'\nb: '- x'\nc: 'it''s #1'\nd: '# c'\n"
    ),
    (
      #"{"a":"x\ny\n","b":"x\ny","c":"x\n\n"}"#,
      "a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\n"
    ),
    (#"{"a":["x\ny\n"]}"#, "a:\n- |\n  x\n  y\n"), (#"{"a":" x\ny"}"#, "a: \" x\\ny\"\n"),
    (#"{"a":"tab\tand"}"#, "a: \"tab\\tand\"\n"), (#"{"1":2,"true":3}"#, "\"1\": 2\n\"true\": 3\n"),
  ])
  func valuesAreLaidOutAsKubernetesDoes(json: String, yaml: String) throws {
    let value = try JSON(parsing: json)
    #expect(value.yaml == yaml)
    #expect(try JSON(yaml: yaml) == value)
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
  func whatIsWrittenReadsBack(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let value = Self.randomValue(depth: 4, &random)
      #expect(try JSON(yaml: value.yaml) == value, "seed \(seed):\n\(value.yaml)")
    }
  }

  private static let pieces = [
    "a", "B", " ", ":", "#", "-", "\n", "'", "\"", "{", "]", ",", "&", "*", "!", "|", ">", "%",
    "@", "0", "1", ".", "yes", "~", "\t", "\\", "é", "\u{1}", "=", "<<", "?", "---", "2001-01-01",
  ]

  private static func randomValue(
    depth: Int, _ random: inout SeededGenerator
  ) -> JSON {
    switch Int.random(in: 0..<(depth == 0 ? 5 : 8), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer(.random(in: -9_999...9_999, using: &random))
    case 3, 4: return .string(randomText(&random))
    case 5, 6:
      return .object(
        JSONObject(
          (0..<Int.random(in: 0..<4, using: &random)).map { _ in
            (randomText(&random), randomValue(depth: depth - 1, &random))
          }))
    default:
      return .array(
        (0..<Int.random(in: 0..<4, using: &random)).map { _ in
          randomValue(depth: depth - 1, &random)
        })
    }
  }

  private static func randomText(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0..<6, using: &random))
      .map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }.joined()
  }

  @Test func thePrettyEncodingHasOneMemberALine() throws {
    let value: JSON = ["a": [1, [:], []], "b": ["c": "d"]]
    let expected =
      "{\n  \"a\": [\n    1,\n    {},\n    []\n  ],\n  \"b\": {\n    \"c\": \"d\"\n  }\n}\n"
    #expect(String(decoding: value.prettyEncoded(), as: UTF8.self) == expected)
    #expect(try JSON(parsing: value.prettyEncoded()) == value)
  }
}
