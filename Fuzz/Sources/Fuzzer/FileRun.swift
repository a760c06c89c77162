#if !FUZZING
  import FuzzTargets
  import Glibc

  /// Built without libFuzzer: `Fuzzer TARGET FILE...` checks those files.
  @main
  struct FileRun {
    static func main() {
      let arguments = CommandLine.arguments
      let checker = FuzzRun.checker(of: arguments.dropFirst().first)
      for path in arguments.dropFirst(2) {
        guard let input = read(path) else {
          FuzzRun.complain("\(path): cannot be read")
          exit(EX_NOINPUT)
        }
        do { try checker.check(input) } catch { FuzzRun.report(error) }
      }
    }

    private static func read(_ path: String) -> [UInt8]? {
      guard let file = fopen(path, "r") else { return nil }
      defer { fclose(file) }
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { return bytes }
        bytes += chunk[..<count]
      }
    }
  }
#endif
