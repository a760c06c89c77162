import FuzzTargets
import Glibc

/// What both ways to run a target share.
enum FuzzRun {
  /// The checker of the target a command line names; ends the process if it names none.
  static func checker(of name: String?) -> any InputChecker {
    guard let target = name.flatMap(FuzzTarget.init) else {
      let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
      complain("usage: Fuzzer \(names) ARGUMENT...")
      exit(EX_USAGE)
    }
    return target.makeChecker()
  }

  /// Ends the process the way libFuzzer takes for a finding, after saying why.
  static func report(_ error: any Error) -> Never {
    complain("broken promise: \(error)")
    abort()
  }

  static func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}
