import Telemetry
import Testing

struct StatusRequestTests {
  @Test(arguments: [
    ("/metrics", StatusRequest(path: "/metrics")),
    ("/a%20b?", StatusRequest(path: "/a b")),
    (
      "/x?name=db%2Fa&type=A&name=second",
      StatusRequest(path: "/x", query: ["name": "db/a", "type": "A"])
    ),
    ("/x?a+b=c+d&flag", StatusRequest(path: "/x", query: ["a b": "c d", "flag": ""])),
    ("/a+b", StatusRequest(path: "/a+b")),
  ])
  func targetsAreReadAsTheyAreMeant(target: String, expected: StatusRequest) {
    #expect(StatusRequest(target: target) == expected)
  }

  @Test(arguments: ["", "metrics", "*", "/%", "/%4", "/%zz", "/x?a=%ff"])
  func malformedTargetsAreNone(target: String) {
    #expect(StatusRequest(target: target) == nil)
  }
}
