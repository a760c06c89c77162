import KubernetesAPI
import Testing

@testable import NodeAgent

struct LogTextTests {
  private static let file = """
    2026-01-01T00:00:01.000000000Z stdout F one
    2026-01-01T00:00:02.000000000Z stderr P tw
    2026-01-01T00:00:02.500000000Z stderr F o
    2026-01-01T00:00:03.000000000Z stdout F \("three  with spaces")
    2026-01-01T00:00:04.000000000Z stdout F \("")

    """

  private func text(_ query: (inout LogQuery) -> Void = { _ in }, piece: Int = 1000) -> String {
    var asked = LogQuery()
    query(&asked)
    var log = LogText(asked)
    var result: [UInt8] = []
    let bytes = Array(Self.file.utf8)
    for start in stride(from: 0, to: bytes.count, by: piece) {
      result += log.take(bytes[start..<min(start + piece, bytes.count)])
    }
    return String(decoding: result, as: UTF8.self)
  }

  @Test(arguments: [1, 7, 1000]) func partsAreJoined(piece: Int) {
    #expect(text(piece: piece) == "one\ntwo\nthree  with spaces\n\n")
  }

  @Test func aTimeStandsBeforeEachLineNotEachPart() {
    #expect(
      text { $0.hasTimestamps = true } == """
        2026-01-01T00:00:01.000000000Z one
        2026-01-01T00:00:02.000000000Z two
        2026-01-01T00:00:03.000000000Z three  with spaces
        2026-01-01T00:00:04.000000000Z \("")

        """)
  }

  @Test func earlierLinesAreLeftOut() {
    #expect(
      text { $0.since = Timestamp("2026-01-01T00:00:03Z") } == "three  with spaces\n\n")
    #expect(text { $0.since = Timestamp("2026-01-01T00:00:03.5Z") } == "\n")
    #expect(text { $0.since = Timestamp("2027-01-01T00:00:00Z") } == "")
  }

  @Test(arguments: [1, 3, 4, 5, 13]) func noMoreBytesThanAskedFor(limit: Int) {
    let whole = "one\ntwo\nthree  with spaces\n\n"
    #expect(text({ $0.limit = Int64(limit) }, piece: 9) == String(whole.prefix(limit)))
  }

  @Test func aQueryIsReadAndChecked() {
    let now = Timestamp(seconds: 1000)
    func query(_ text: String) -> LogQuery? {
      LogQuery(AgentTarget("/x?" + text).query, now: now)
    }
    let full = query("follow=true&previous=1&timestamps=false&tailLines=0&limitBytes=5")
    #expect(full?.follows == true && full?.isPrevious == true && full?.hasTimestamps == false)
    #expect(full?.tail == 0 && full?.limit == 5)
    #expect(query("sinceSeconds=10")?.since == Timestamp(seconds: 990))
    #expect(query("sinceTime=1970-01-01T00%3A00%3A07Z")?.since == Timestamp(seconds: 7))
    for broken in ["tailLines=-1", "limitBytes=0", "sinceSeconds=x", "sinceTime=noon"] {
      #expect(query(broken) == nil, "\(broken)")
    }
  }
}
