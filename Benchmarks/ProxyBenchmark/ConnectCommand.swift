import ArgumentParser

/// Connects over and over, in turns to an endpoint itself and to a Service's address that leads to
/// it, and says what the address costs.
struct ConnectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connect", abstract: "Measures connections, direct and through a Service.")

  @Option(help: "The endpoint's address.")
  var direct = "10.199.0.2"

  @Option(help: "The Service's address; without it only the endpoint is connected to.")
  var service: String?

  @Option(help: "What the line is about.")
  var label: String

  @Option(help: "Rounds; in each a second for either.")
  var rounds = 10

  private struct Samples {
    var latencies: [Double] = []
    var rates: [Double] = []
    var failures = 0
  }

  func run() throws {
    var through = Samples()
    var straight = Samples()
    for _ in 0..<rounds {
      round(direct, ClusterObjects.ports[0], &straight)
      if let service { round(service, 80, &through) }
    }
    report("direct", straight)
    if service != nil {
      report("service", through)
      let price = through.latencies.percentile(50) - straight.latencies.percentile(50)
      let share = 1 - through.rates.percentile(50) / straight.rates.percentile(50)
      print(
        "\(label) price: \(rounded(price * 1e6)) us a connection, "
          + "\(rounded(share * 100)) % of the rate")
    }
    guard straight.failures + through.failures == 0 else {
      throw BenchmarkFailure("\(straight.failures + through.failures) connections failed")
    }
  }

  private func round(_ address: String, _ port: UInt16, _ samples: inout Samples) {
    let start = now()
    var (count, last) = (0, start)
    while last < start + 1 {
      let isAnswered = StreamSocket.ask(address, port) != nil
      let next = now()
      if isAnswered { samples.latencies.append(next - last) } else { samples.failures += 1 }
      (count, last) = (count + 1, next)
    }
    samples.rates.append(Double(count) / (last - start))
  }

  private func report(_ name: String, _ samples: Samples) {
    print(
      "\(label) \(name): \(Int(samples.rates.percentile(50))) connections/s, "
        + "p50 \(rounded(samples.latencies.percentile(50) * 1e6)) us, "
        + "p99 \(rounded(samples.latencies.percentile(99) * 1e6)) us")
  }

  private func rounded(_ number: Double) -> String { String((number * 10).rounded() / 10) }
}
