import Telemetry
import Testing

struct MetricsTextTests {
  @Test func aFamilyAndItsSamplesReadAsPrometheusExpects() {
    var text = MetricsText()
    text.family("rollcall_things", "gauge", "Things there are.")
    text.sample("rollcall_things", [("kind", "a\"b\\c\nd")], 3)
    text.sample("rollcall_things", [], 0.5)
    #expect(
      text.text == """
        # HELP rollcall_things Things there are.
        # TYPE rollcall_things gauge
        rollcall_things{kind="a\\"b\\\\c\\nd"} 3
        rollcall_things 0.5

        """)
  }

  @Test func bucketsOfAHistogramAreSummedUp() {
    var histogram = Histogram(bounds: [0.1, 1])
    for value in [0.1, 0.5, 2] { histogram.add(value) }
    histogram.add(.milliseconds(100))
    var text = MetricsText()
    text.samples("d", [("x", "y")], of: histogram)
    #expect(
      text.text == """
        d_bucket{x="y",le="0.1"} 2
        d_bucket{x="y",le="1"} 3
        d_bucket{x="y",le="+Inf"} 4
        d_sum{x="y"} 2.7
        d_count{x="y"} 4

        """)
  }

  @Test func boundsGrowByAFactor() {
    #expect(Histogram(start: 1, factor: 2, count: 4).bounds == [1, 2, 4, 8])
  }
}
