// swift-tools-version: 6.2

import PackageDescription

// What is fuzzed, and only that, so that it is built within a minute with coverage and the address
// sanitizer: the targets are those of the whole package (links lead to their sources), the servers
// left out.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  // One option: a second one would replace the first.
  .unsafeFlags(["-sanitize=fuzzer,address"]),
  .define("FUZZING"),
]

let package = Package(
  name: "rollcall-fuzz",
  dependencies: [
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
  ],
  targets: [
    .target(
      name: "JSONTree", dependencies: [.product(name: "Yams", package: "Yams")],
      swiftSettings: settings),
    .target(name: "KubernetesAPI", dependencies: ["JSONTree"], swiftSettings: settings),
    .target(name: "DNSMessage", swiftSettings: settings),
    .target(
      name: "ClusterDNS",
      dependencies: [
        "DNSMessage", "JSONTree", "KubernetesAPI", .product(name: "NIOCore", package: "swift-nio"),
      ],
      // What answers queries and connections, without what listens for them or follows the API.
      sources: [
        "Abuse", "Feed/ZoneFeed.swift", "Forwarding/ClientQuery.swift",
        "Forwarding/ForwardedQuestion.swift", "Forwarding/HandOff.swift",
        "Forwarding/MessageFit.swift", "Health/ViewAge.swift", "Hold", "Hosts", "Index", "Pipeline",
        "Rewrite", "Server/AnsweringParts.swift", "Server/ClientAddress.swift",
        "Server/CoarseClock.swift", "Server/ServerLimits.swift",
        "Server/TCP/ConnectionHandlers.swift", "Server/TCP/ConnectionLimits.swift",
        "Server/TCP/TCPConnectionHandler.swift", "Server/TCP/TCPResponder.swift",
        "Snapshot/SavedZone.swift", "Transfer", "Zone",
      ], swiftSettings: settings),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "SPDY", dependencies: ["CZlib"], swiftSettings: settings),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "ClusterDNS", "DNSMessage", "JSONTree", "KubernetesAPI", "SPDY",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ], swiftSettings: settings),
    .executableTarget(
      name: "Fuzzer", dependencies: ["FuzzTargets"], swiftSettings: settings,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
  ]
)
