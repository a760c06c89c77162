import KubernetesAPI
import Testing

struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0, 0), ("2024-02-29T23:59:59Z", 1_709_251_199, 0),
    ("2026-11-23T10:00:00.5Z", 1_795_428_000, 500_000_000),
    ("2026-11-23T11:30:00+01:30", 1_795_428_000, 0), ("1969-12-31T23:59:59Z", -1, 0),
    ("2000-03-01T00:00:00.123456789Z", 951_868_800, 123_456_789),
  ])
  func readsRFC3339(text: String, seconds: Int64, nanoseconds: Int32) {
    #expect(Timestamp(text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
  }

  @Test(arguments: [
    "", "2026-11-23", "2026-11-23T10:00:00", "2026-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
    "2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:00Zx",
    "2026-11-23 10:00:00Z", "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00+1:00",
  ])
  func refusesWhatIsNoTime(text: String) { #expect(Timestamp(text) == nil) }

  @Test func writesWhatItReadsOnEveryDayOfFourCenturies() {
    for day in stride(from: -80_000, to: 80_000, by: 13) {
      let time = Timestamp(seconds: Int64(day) * 86_400 + 3661)
      #expect(Timestamp(time.description) == time)
    }
  }

  @Test func writesMicroseconds() {
    #expect(
      Timestamp(seconds: 0, nanoseconds: 1_234_567).microseconds == "1970-01-01T00:00:00.001234Z")
  }
}
