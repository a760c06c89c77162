import APIServer
import JSONTree
import KubernetesAPI
import Testing

@Suite struct HumanDurationTests {
  @Test(
    arguments: [
      (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"),
      (599, "9m59s"), (600, "10m"), (10_799, "179m"), (10_800, "3h"), (11_700, "3h15m"),
      (28_799, "7h59m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (180_000, "2d2h"),
      (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"), (63_158_400, "2y1d"),
      (252_288_000, "8y"),
    ] as [(Int64, String)])
  func `A duration shows two or three significant figures`(seconds: Int64, expected: String) {
    #expect(HumanDuration(seconds: seconds).description == expected)
  }

  @Test func `Parts of a second are cut off towards zero`() {
    let start = Timestamp(seconds: 100, nanoseconds: 900_000_000)
    #expect(HumanDuration(from: start, to: Timestamp(seconds: 102)).seconds == 1)
    #expect(HumanDuration(from: start, to: Timestamp(seconds: 99)).seconds == -1)
  }

  @Test func `A missing time is unknown`() {
    let now = Timestamp(seconds: 0)
    #expect(HumanDuration.text(since: nil, now: now) == "<unknown>")
    #expect(HumanDuration.text(since: "1969-12-31T23:59:00Z", now: now) == "60s")
  }
}
