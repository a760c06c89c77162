// swift-tools-version: 6.2

import PackageDescription

/// The one set of settings every target of ours is built with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "rollcall",
  products: [
    .executable(name: "rollcall", targets: ["rollcall"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.44.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
  ],
  targets: [
    // Values
    .target(
      name: "JSONTree",
      dependencies: [.product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(name: "KubernetesAPI", dependencies: ["JSONTree"], swiftSettings: strict),

    // Storage
    .target(
      name: "ObjectStore",
      dependencies: [
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: strict),

    // Roles and what they stand on
    .target(
      name: "Telemetry",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "KubernetesClient",
      dependencies: [
        "JSONTree", "KubernetesAPI",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    .target(
      name: "APIServer",
      dependencies: [
        "JSONTree", "KubernetesAPI", "ObjectStore", "Telemetry",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: strict),
    .target(
      name: "Controllers",
      dependencies: [
        "JSONTree", "KubernetesAPI", "KubernetesClient",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "CRollcallLinux",
      cSettings: [.define("_GNU_SOURCE")]),
    .target(
      name: "Netlink", dependencies: ["CRollcallLinux", "KubernetesAPI"], swiftSettings: strict),
    .target(
      name: "ServiceProxy",
      dependencies: [
        "CRollcallLinux", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink", "Telemetry",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      exclude: ["README.md"], swiftSettings: strict),
    // Debian's zlib (zlib1g-dev): SPDY compresses headers with it
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "SPDY", dependencies: ["CZlib"], swiftSettings: strict),
    .target(
      name: "NodeAgent",
      dependencies: [
        "CRollcallLinux", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink", "SPDY",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "DNSMessage",
      swiftSettings: strict + [.strictMemorySafety()]),
    .target(
      name: "ClusterDNS",
      dependencies: [
        "CRollcallLinux", "DNSMessage", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink",
        "Telemetry",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Assembly
    .executableTarget(
      name: "rollcall",
      dependencies: [
        "APIServer", "CRollcallLinux", "ClusterDNS", "Controllers", "DNSMessage", "JSONTree",
        "KubernetesAPI", "KubernetesClient", "Netlink", "NodeAgent", "ObjectStore", "ServiceProxy",
        "Telemetry",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),

    // Measurements
    .executableTarget(
      name: "StoreBenchmark",
      dependencies: ["ObjectStore"],
      path: "Benchmarks/StoreBenchmark",
      swiftSettings: strict),

    // Measurements
    .executableTarget(
      name: "APIBenchmark",
      dependencies: [
        "JSONTree", "KubernetesAPI", "KubernetesClient",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/APIBenchmark", swiftSettings: strict),

    .executableTarget(
      name: "ProxyBenchmark",
      dependencies: [
        "KubernetesAPI", "KubernetesClient", "ServiceProxy",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/ProxyBenchmark", swiftSettings: strict),
    .executableTarget(
      name: "DNSBenchmark",
      dependencies: [
        "CRollcallLinux", "ClusterDNS", "DNSMessage", "JSONTree", "KubernetesAPI",
        "KubernetesClient",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Benchmarks/DNSBenchmark", swiftSettings: strict),

    // Fuzzing: what must hold for any bytes, and the program that invents them
    .target(
      name: "FuzzTargets",
      dependencies: [
        "ClusterDNS", "DNSMessage", "JSONTree", "KubernetesAPI", "SPDY",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
      ],
      path: "Fuzz/Sources/FuzzTargets", swiftSettings: strict),
    .executableTarget(
      name: "Fuzzer", dependencies: ["FuzzTargets"], path: "Fuzz/Sources/Fuzzer",
      swiftSettings: strict),

    // Tests mirror the sources
    .target(
      name: "FakeAPIServer", dependencies: ["JSONTree", "KubernetesAPI", "KubernetesClient"],
      path: "Tests/FakeAPIServer", swiftSettings: strict),
    .testTarget(name: "JSONTreeTests", dependencies: ["JSONTree"], swiftSettings: strict),
    .testTarget(
      name: "KubernetesAPITests", dependencies: ["JSONTree", "KubernetesAPI"],
      swiftSettings: strict),
    .testTarget(
      name: "ObjectStoreTests",
      dependencies: [
        "ObjectStore", "StoreCrashWriter",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "StoreCrashWriter", dependencies: ["ObjectStore"], path: "Tests/StoreCrashWriter",
      swiftSettings: strict),
    .testTarget(
      name: "KubernetesClientTests",
      dependencies: [
        "FakeAPIServer", "JSONTree", "KubernetesAPI", "KubernetesClient",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "APIServerTests",
      dependencies: [
        "APIServer", "JSONTree", "KubernetesAPI", "KubernetesClient", "ObjectStore", "Telemetry",
        .product(name: "Logging", package: "swift-log"),
      ],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "ControllersTests",
      dependencies: [
        "Controllers", "FakeAPIServer", "JSONTree", "KubernetesAPI", "KubernetesClient",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TelemetryTests",
      dependencies: [
        "Telemetry",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "NetlinkTests", dependencies: ["KubernetesAPI", "Netlink"], swiftSettings: strict),
    .testTarget(
      name: "NodeAgentTests",
      dependencies: [
        "FakeAPIServer", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink", "NodeAgent",
        "SPDY",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(name: "SPDYTests", dependencies: ["CZlib", "SPDY"], swiftSettings: strict),
    .testTarget(name: "DNSMessageTests", dependencies: ["DNSMessage"], swiftSettings: strict),
    .testTarget(
      name: "ClusterDNSTests",
      dependencies: [
        "ClusterDNS", "DNSMessage", "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink",
        "Telemetry",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceProxyTests",
      dependencies: [
        "JSONTree", "KubernetesAPI", "KubernetesClient", "Netlink", "ServiceProxy", "Telemetry",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "rollcallTests",
      dependencies: [
        "APIServer", "Controllers", "JSONTree", "KubernetesAPI", "KubernetesClient",
        "ObjectStore", "rollcall", .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"], swiftSettings: strict),
    .testTarget(name: "HouseRulesTests", swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", exclude: ["Fixtures", "Scripts"], swiftSettings: strict),
  ]
)
