import Foundation

/// A kubectl on this machine.
struct Kubectl: Sendable, CustomStringConvertible {
  var path: String
  /// `1.33`.
  var version: String

  var description: String { "kubectl \(version)" }

  /// Those that the issue names, as far as they are installed: `kubectl.1.NN` beside the kubectl in
  /// `PATH` (where several are kept side by side), else that one. `ROLLCALL_KUBECTL` overrides.
  static let installed: [Kubectl] = {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["ROLLCALL_KUBECTL"] {
      return named.split(separator: ":").map { Kubectl(path: String($0), version: String($0)) }
    }
    guard let found = Tool.find("kubectl") else { return [] }
    let folder = URL(fileURLWithPath: found).resolvingSymlinksInPath().deletingLastPathComponent()
    let siblings = ["1.27", "1.30", "1.33"].map {
      Kubectl(path: folder.appendingPathComponent("kubectl.\($0)").path, version: $0)
    }.filter { FileManager.default.isExecutableFile(atPath: $0.path) }
    return siblings.isEmpty ? [Kubectl(path: found, version: "in PATH")] : siblings
  }()

  static var isInstalled: Bool { !installed.isEmpty }

  static var newest: Kubectl { installed.last ?? Kubectl(path: "kubectl", version: "none") }
}
