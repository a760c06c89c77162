import ArgumentParser
import Dispatch

/// Starts the command that was asked for.
@main
enum EntryPoint {
  /// Not async, as valgrind does not survive what libdispatch makes of the main thread then.
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments.first == PipelineCommand.configuration.commandName {
      PipelineCommand.main(Array(arguments.dropFirst()))
    } else {
      Task {
        await DNSBenchmark.main()
        DNSBenchmark.exit()
      }
      dispatchMain()
    }
  }
}

/// Measures cluster DNS: its speed beside other name servers and the kernel's floor, and what ten
/// thousand Services cost it.
struct DNSBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "DNSBenchmark", abstract: "Measures cluster DNS.",
    subcommands: [
      SpeedCommand.self, SizeCommand.self, FootprintCommand.self, FreshnessCommand.self,
      PipelineCommand.self, EchoCommand.self,
    ],
    defaultSubcommand: SpeedCommand.self)
}

/// Prints figures as lines `LABEL | FIGURE | VALUE UNIT`, and remembers whether a budget was
/// missed.
final class Figures {
  private(set) var missedBudgets = 0

  func line(_ label: String, _ figure: String, _ value: Double, _ unit: String) {
    print("\(label) | \(figure) | \(Self.text(value)) \(unit)")
  }

  /// A figure with the most it may be, or the least.
  func budget(_ figure: String, _ value: Double, atMost limit: Double) {
    judge(figure, value, "at most \(Self.text(limit))", isMet: value <= limit)
  }

  func budget(_ figure: String, _ value: Double, atLeast limit: Double) {
    judge(figure, value, "at least \(Self.text(limit))", isMet: value >= limit)
  }

  private func judge(_ figure: String, _ value: Double, _ budget: String, isMet: Bool) {
    if !isMet { missedBudgets += 1 }
    print("budget | \(figure) | \(Self.text(value)), \(budget): \(isMet ? "met" : "MISSED")")
  }

  /// Three digits that count.
  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "none" }
    if value >= 100 { return String(Int(value.rounded())) }
    let scale = value >= 10 ? 10.0 : value >= 1 ? 100.0 : 1000.0
    return String((value * scale).rounded() / scale)
  }
}

extension [Double] {
  /// The value below which that share of the sorted values lies (nearest rank).
  func percentile(_ percent: Double) -> Double {
    guard !isEmpty else { return .nan }
    let sorted = sorted()
    return sorted[Swift.min(sorted.count - 1, Int(percent / 100 * Double(sorted.count)))]
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
