import JSONTree
import Testing

/// Reading a part of a text gives that part of what reading all of it gives.
struct JSONFieldsTests {
  private static let fields = JSONFields([
    ("metadata", JSONFields("name", "labels")),
    ("endpoints", JSONFields([("addresses", nil), ("conditions", JSONFields("ready"))])),
    ("kind", nil),
  ])

  @Test(arguments: [
    ("{}", "{}"),
    (#"{"kind":"A","other":[{"x":"]}\"\\"}],"n":-1.5e3,"t":true}"#, #"{"kind":"A"}"#),
    (
      #" { "metadata" : {"managedFields":[{"f:a":{}}],"name":"n","labels":{"a":"b"}} , "z":null } "#,
      #"{"metadata":{"name":"n","labels":{"a":"b"}}}"#
    ),
    (
      #"{"endpoints":[{"addresses":["1","2"],"conditions":{"ready":true,"x":1},"zone":"z"},{}]}"#,
      #"{"endpoints":[{"addresses":["1","2"],"conditions":{"ready":true}},{}]}"#
    ),
    // Where fields are wanted and something else stands, it is read as it is.
    (#"{"metadata":"text","endpoints":7}"#, #"{"metadata":"text","endpoints":7}"#),
    (#"{"kind":"A","kind":"B"}"#, #"{"kind":"B"}"#),
    ("[1,2]", "[1,2]"),
  ])
  func onlyWantedMembersAreRead(text: String, expected: String) throws {
    let read = try JSON(parsing: Array(text.utf8), only: Self.fields)
    #expect(read == (try JSON(parsing: expected)))
  }

  @Test(arguments: [
    "", "{", #"{"other":"#, #"{"other":}"#, #"{"other":]}"#, #"{"other":{"a":1}"#, #"{"other":"x"#,
    #"{"other":"\"#, #"{"a" 1}"#, #"{"kind":"A" "b":1}"#, "{} x", #"{"kind":tru}"#, #"{"a":1,}"#,
  ])
  func whatBreaksOffIsRefused(text: String) {
    #expect(throws: JSONParseError.self) {
      try JSON(parsing: Array(text.utf8), only: Self.fields)
    }
  }
}
