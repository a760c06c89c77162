import ArgumentParser
import ClusterDNS
import Foundation
import KubernetesClient

/// `rollcall dns check`: what would become of a Corefile.
struct DNSCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Say line by line what becomes of a CoreDNS Corefile.",
    discussion: """
      Nothing is started. Exit status is 0 if `rollcall dns --corefile` accepts the file, 78 if \
      it does not.
      """)

  @Argument(help: "The Corefile.", completion: .file())
  var file: String

  func run() throws {
    let plan = try CorefileLoader.plan(file)
    for line in plan.lines {
      let place = line.number.description
      let padding = String(repeating: " ", count: max(0, 4 - place.count))
      print("\(padding)\(place)  \(line.verdict.rawValue)  \(line.directive): \(line.explanation)")
    }
    if !plan.isAccepted { throw ExitCode(CommandFailure.Status.configuration.rawValue) }
  }
}

/// Reads Corefiles for commands.
enum CorefileLoader {
  /// - Throws: `CommandFailure` with `noInput` or `configuration`.
  static func plan(_ path: String) throws -> CorefilePlan {
    let text: String
    do {
      text = String(decoding: try ConfigurationFile.read(path), as: UTF8.self)
    } catch let error as ConfigurationError {
      throw CommandFailure(.noInput, "\(error)")
    }
    do throws(CorefileSyntax.Failure) {
      let syntax = try CorefileSyntax(text, environment: ProcessInfo.processInfo.environment)
      return CorefileReader.plan(
        syntax,
        capabilities: .init(
          forwards: true, caches: true, hostName: ProcessInfo.processInfo.hostName))
    } catch {
      throw CommandFailure(.configuration, "\(path): \(error)")
    }
  }

  /// A plan that can be followed.
  ///
  /// - Throws: `CommandFailure` with `configuration`, naming the first line that is refused.
  static func accepted(_ path: String) throws -> CorefilePlan {
    let plan = try plan(path)
    if let line = plan.lines.first(where: { $0.verdict == .refused }) {
      throw CommandFailure(
        .configuration,
        "\(path): line \(line.number): \(line.directive): \(line.explanation) (rollcall dns check "
          + "\(path) shows every line)")
    }
    return plan
  }
}
