import Testing

/// All end-to-end suites, one after the other: they measure latencies, and each has the machine's
/// cores to itself.
@Suite(.serialized) enum EndToEnd {}
