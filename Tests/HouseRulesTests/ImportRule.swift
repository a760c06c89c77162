import Testing

/// Which of our targets each target may import (ARCHITECTURE.md): one direction, and roles meet
/// only at the API.
enum ImportRule {
  static let allowed: [String: Set<String>] = [
    "JSONTree": [],
    "KubernetesAPI": ["JSONTree"],
    "ObjectStore": [],
    "KubernetesClient": ["JSONTree", "KubernetesAPI"],
    "Telemetry": [],
    "APIServer": ["JSONTree", "KubernetesAPI", "ObjectStore", "Telemetry"],
    "Controllers": ["JSONTree", "KubernetesAPI", "KubernetesClient"],
    "CRollcallLinux": [],
    "CZlib": [],
    "SPDY": ["CZlib"],
    "NodeAgent": [
      "CRollcallLinux", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink", "SPDY",
    ],
    "DNSMessage": [],
    "ClusterDNS": [
      "CRollcallLinux", "DNSMessage", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink",
      "Telemetry",
    ],
    "Netlink": ["CRollcallLinux", "KubernetesAPI"],
    "ServiceProxy": [
      "CRollcallLinux", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink", "Telemetry",
    ],
    "rollcall": [
      "APIServer", "CRollcallLinux", "ClusterDNS", "Controllers", "DNSMessage", "JSONTree",
      "KubernetesAPI", "KubernetesClient", "Netlink", "NodeAgent", "ObjectStore", "ServiceProxy",
      "Telemetry",
    ],
  ]

  /// Targets whose speed or purity Foundation would cost.
  static let withoutFoundation: Set<String> = ["JSONTree", "KubernetesAPI", "DNSMessage", "SPDY"]

  static func violations(in file: SourceFile) -> [String] {
    guard let target = file.target else { return [] }
    guard let mayImport = allowed[target] else { return ["\(file): target is not in the table"] }
    return file.lines.enumerated().compactMap { number, line in
      guard let module = importedModule(line) else { return nil }
      if allowed[module] != nil, !mayImport.contains(module) {
        return "\(file):\(number + 1): \(target) may not import \(module)"
      }
      if module.hasPrefix("Foundation"), withoutFoundation.contains(target) {
        return "\(file):\(number + 1): \(target) does without Foundation"
      }
      return nil
    }
  }

  /// The module an import statement names, whatever stands before and after it.
  static func importedModule(_ line: Substring) -> String? {
    let words = line.split(separator: " ")
    guard let position = words.firstIndex(of: "import"), position < words.count - 1,
      words[..<position].allSatisfy({ $0.hasPrefix("@") || accessLevels.contains(String($0)) })
    else { return nil }
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let"]
    let name = kinds.contains(words[position + 1]) ? words.last : words[position + 1]
    return name.flatMap { $0.split(separator: ".").first }.map(String.init)
  }

  private static let accessLevels: Set<String> = [
    "public", "package", "internal", "fileprivate", "private",
  ]
}

struct ImportRuleTests {
  @Test func importsGoInOneDirection() throws {
    let files = try SourceTree.swiftFiles(under: "Sources")
    #expect(!files.isEmpty)
    for violation in files.flatMap(ImportRule.violations) { Issue.record("\(violation)") }
  }

  @Test(arguments: [
    ("Sources/ClusterDNS/A.swift", "import APIServer", true),
    ("Sources/ClusterDNS/A.swift", "package import KubernetesAPI", false),
    (
      "Sources/Controllers/A.swift", "@preconcurrency public import struct ObjectStore.Revision",
      true
    ),
    ("Sources/DNSMessage/A.swift", "import FoundationEssentials", true),
    ("Sources/DNSMessage/A.swift", "// import APIServer is not ours", false),
    ("Sources/Unknown/A.swift", "", true),
  ])
  func theRuleSeesAForbiddenImport(path: String, line: String, isForbidden: Bool) {
    let file = SourceFile(path: path, text: line)
    #expect(ImportRule.violations(in: file).isEmpty != isForbidden)
  }
}
