import JSONTree
import KubernetesAPI
import Testing

@testable import KubernetesClient

struct ListDecoderTests {
  private static let text = """
    { "kind" : "PodList", "metadata":{"resourceVersion":"7","x":[1,{"y":"]}"}]},
      "items": [ {"a":1} , {"b":"}\\"{,","c":[[],{}]},{"d":{"items":[{}]}} ],
      "n": 12, "t":true,"apiVersion":"v1" }

    """

  @Test(arguments: Array(1...40) + [1000])
  func itemsAndMembersComeOutWhereverTheChunksAreCut(size: Int) throws {
    var decoder = ListDecoder()
    var items: [JSON] = []
    let bytes = Array(Self.text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      try decoder.feed(Array(bytes[start..<min(start + size, bytes.count)])) { items.append($0) }
    }
    #expect(
      items == [
        ["a": 1], ["b": "}\"{,", "c": [[], [:]]], ["d": ["items": [[:]]]],
      ])
    let rest = try decoder.finish()
    #expect(rest["kind"]?.string == "PodList")
    #expect(rest[path: "metadata", "resourceVersion"]?.string == "7")
    #expect(rest["n"]?.integer == 12)
    #expect(rest["t"]?.bool == true)
    #expect(rest["apiVersion"]?.string == "v1")
  }

  @Test(arguments: 1...40)
  func onlyWhatIsWantedOfItemsIsRead(size: Int) throws {
    var decoder = ListDecoder(only: JSONFields("a", "d"))
    var items: [JSON] = []
    let bytes = Array(Self.text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      try decoder.feed(Array(bytes[start..<min(start + size, bytes.count)])) { items.append($0) }
    }
    #expect(items == [["a": 1], [:], ["d": ["items": [[:]]]]])
    #expect(try decoder.finish()["n"]?.integer == 12)
  }

  @Test(arguments: ["", "{", #"{"items":[{"a":1}"#, #"{"items":[]"#, #"{"kind":"x""#])
  func aListThatBreaksOffIsNoList(text: String) throws {
    var decoder = ListDecoder()
    try decoder.feed(Array(text.utf8)) { _ in }
    #expect(throws: TransportError.self) { try decoder.finish() }
  }

  @Test(arguments: ["[]", "{]", #"{"items":[1]}"#, #"{"items":[{"a":}]}"#, "{} x", "nothing"])
  func whatIsNoListIsRefused(text: String) {
    var decoder = ListDecoder()
    #expect(throws: TransportError.self) { try decoder.feed(Array(text.utf8)) { _ in } }
  }

  @Test func aListWithoutItemsIsEmpty() throws {
    for text in [#"{"items":[],"kind":"L"}"#, #"{"items":null,"kind":"L"}"#, #"{"kind":"L"}"#] {
      var decoder = ListDecoder()
      var count = 0
      try decoder.feed(Array(text.utf8)) { _ in count += 1 }
      #expect(try decoder.finish()["kind"]?.string == "L")
      #expect(count == 0)
    }
  }
}

struct WatchDecoderTests {
  @Test(arguments: [1, 2, 3, 7, 64, 4096])
  func eventsComeOutWhereverTheChunksAreCut(size: Int) throws {
    let lines: [JSON] = [
      ["type": "ADDED", "object": ["a": 1]],
      ["type": "MODIFIED", "object": ["a": "\n"]],
      ["type": "DELETED", "object": ["a": 3]],
      ["type": "BOOKMARK", "object": ["metadata": ["resourceVersion": "9"]]],
      [
        "type": "BOOKMARK",
        "object": [
          "metadata": [
            "resourceVersion": "10", "annotations": ["k8s.io/initial-events-end": "true"],
          ]
        ],
      ],
      [
        "type": "ERROR",
        "object": ["kind": "Status", "code": 410, "reason": "Expired", "message": "too old"],
      ],
    ]
    let bytes = lines.flatMap { $0.encoded() + [UInt8(ascii: "\n")] }
    var decoder = WatchDecoder()
    var events: [WatchEvent] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      try decoder.feed(Array(bytes[start..<min(start + size, bytes.count)])) { events.append($0) }
    }
    #expect(
      events == [
        .added(["a": 1]), .modified(["a": "\n"]), .deleted(["a": 3]),
        .bookmark(resourceVersion: "9", endsInitialEvents: false),
        .bookmark(resourceVersion: "10", endsInitialEvents: true),
        .failed(APIStatus(code: 410, reason: .expired, message: "too old")),
      ])
  }

  @Test(arguments: [
    "{\n", "[]\n", #"{"type":"ADDED"}"# + "\n", #"{"type":"X","object":{}}"# + "\n",
  ])
  func whatIsNoEventIsRefused(text: String) {
    var decoder = WatchDecoder()
    #expect(throws: TransportError.self) { try decoder.feed(Array(text.utf8)) { _ in } }
  }

  @Test func onlyWhatIsWantedOfObjectsIsRead() throws {
    var decoder = WatchDecoder(only: JSONFields("kind"))
    var events: [WatchEvent] = []
    let lines = """
      {"type":"ADDED","object":{"kind":"Pod","spec":{"x":[1]}}}
      {"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"9"}}}
      {"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"m"}}

      """
    try decoder.feed(Array(lines.utf8)) { events.append($0) }
    #expect(
      events == [
        .added(["kind": "Pod"]), .bookmark(resourceVersion: "9", endsInitialEvents: false),
        .failed(APIStatus(code: 410, reason: .expired, message: "m")),
      ])
  }
}
