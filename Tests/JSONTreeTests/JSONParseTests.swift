import JSONTree
import Testing

struct JSONParseTests {
  @Test(
    arguments: [
      ("null", JSON.null), ("true", true), (" false ", false), ("0", 0), ("-7", -7),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9.223372036854775808e18)), ("1.5", 1.5), ("1e3", 1000.0),
      ("-0.25E-1", -0.025), (#""""#, ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{c}\n\r\t"),
      (#""\u00e9\ud83d\ude00""#, "é😀"), (#""\ud83d""#, "\u{FFFD}"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"), ("[]", []), ("[1,[2],{}]", [1, [2], [:]]),
      (#"{"b":1,"a":{"c":null}}"#, ["a": ["c": .null], "b": 1]),
    ] as [(String, JSON)])
  func readsEveryKindOfValue(text: String, value: JSON) throws {
    #expect(try JSON(parsing: text) == value)
  }

  @Test(arguments: [
    ("", "unexpected end of JSON input", 0),
    ("{", "unexpected end of JSON input", 1),
    ("[1,", "unexpected end of JSON input", 3),
    ("\"abc", "unexpected end of JSON input", 4),
    ("nul", "unexpected end of JSON input", 3),
    ("nulx", "invalid character 'x' in literal null (expecting 'l')", 3),
    ("{a:1}", "invalid character 'a' looking for beginning of object key string", 1),
    ("{\"a\" 1}", "invalid character '1' after object key", 5),
    ("{\"a\":1 2}", "invalid character '2' after object key:value pair", 7),
    ("[1 2]", "invalid character '2' after array element", 3),
    ("[1,]", "invalid character ']' looking for beginning of value", 3),
    ("1 2", "invalid character '2' after top-level value", 2),
    ("01", "invalid character '1' after top-level value", 1),
    ("-", "unexpected end of JSON input", 1),
    ("1.", "unexpected end of JSON input", 2),
    ("1.x", "invalid character 'x' after decimal point in numeric literal", 2),
    ("1e", "unexpected end of JSON input", 2),
    ("\"\\q\"", "invalid character 'q' in string escape code", 2),
    ("\"\\u12G4\"", "invalid character 'G' in \\u hexadecimal character escape", 5),
    ("\"a\nb\"", "invalid character '\\n' in string literal", 2),
    ("<html>", "invalid character '<' looking for beginning of value", 0),
    ("\u{1}", "invalid character '\\x01' looking for beginning of value", 0),
  ])
  func namesTheFaultAsGoDoes(text: String, message: String, offset: Int) {
    #expect(throws: JSONParseError(message: message, offset: offset)) {
      try JSON(parsing: text)
    }
  }

  @Test func refusesToNestWithoutBound() throws {
    let fits =
      String(repeating: "[", count: JSON.maximumDepth)
      + String(repeating: "]", count: JSON.maximumDepth)
    #expect(throws: Never.self) { try JSON(parsing: fits) }
    #expect(throws: JSONParseError.self) { try JSON(parsing: "[" + fits + "]") }
    #expect(throws: JSONParseError.self) {
      try JSON(parsing: String(repeating: "{\"a\":", count: 1_000_000))
    }
  }

  @Test func theLastOfTwoEqualMembersWinsAndIsNoted() throws {
    var notes = JSONParseNotes()
    let text = #"{"spec":{"ports":[{"x":1},{"b":1,"a":2,"b":3}]},"kind":"A","kind":"B"}"#
    let value = try JSON(parsing: Array(text.utf8), notes: &notes)
    #expect(value["kind"] == "B")
    #expect(value[path: "spec", "ports"] == [["x": 1], ["a": 2, "b": 3]])
    #expect(notes.duplicatePaths == ["spec.ports[1].b", "kind"])
  }

  @Test func anyMutationOfAValidTextIsReadOrRefused() throws {
    let seed = Array(
      #"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",null,true,{"b":{}}],"kind":"Service"}"#.utf8)
    var random = SeededGenerator(seed: 7)
    for _ in 0..<20_000 {
      var text = seed
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<text.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: text[index] = UInt8.random(in: 0...255, using: &random)
        case 1: text.remove(at: index)
        default: text.insert(UInt8.random(in: 0...127, using: &random), at: index)
        }
      }
      guard let value = try? JSON(parsing: text) else { continue }
      // Bytes, not values: a whole fraction such as 2.0 is written, and so read again, as 2.
      let encoded = value.encoded()
      let again = try JSON(parsing: encoded).encoded()
      #expect(again == encoded, "\(String(decoding: text, as: UTF8.self))")
    }
  }
}

/// SplitMix64, so that a failing run can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
