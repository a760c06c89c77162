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
  dependencies: [.package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2")],
  targets: [
    .target(
      name: "JSONTree", dependencies: [.product(name: "Yams", package: "Yams")],
      swiftSettings: settings),
    .target(name: "KubernetesAPI", dependencies: ["JSONTree"], swiftSettings: settings),
    .target(name: "DNSMessage", swiftSettings: settings),
    .target(
      name: "ClusterDNS", dependencies: ["DNSMessage", "JSONTree", "KubernetesAPI"],
      // What answers a query, without what listens for it or follows the API.
      sources: [
        "Index", "Pipeline", "Zone", "Feed/ZoneFeed.swift", "Health/ViewAge.swift",
        "Snapshot/SavedZone.swift",
      ], swiftSettings: settings),
    .target(
      name: "FuzzTargets", dependencies: ["ClusterDNS", "DNSMessage", "JSONTree", "KubernetesAPI"],
      swiftSettings: settings),
    .executableTarget(
      name: "Fuzzer", dependencies: ["FuzzTargets"], swiftSettings: settings,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])]),
  ]
)
