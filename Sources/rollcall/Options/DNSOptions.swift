import ArgumentParser
import ClusterDNS

/// How cluster DNS answers, beside where and for which domain.
struct DNSSettings: Sendable, Equatable {
  var pods = PodRecords.disabled
  /// Seconds.
  var ttl: UInt32 = 5
  /// Nil for one per core.
  var workers: Int?
  /// The file the zone is kept in.
  var snapshot: String?
  /// Where metrics, health and explanations are served.
  var status: [ListenAddress] = []
  /// Seconds after which a view is too old to be ready.
  var readyMaximumAge: Int?
  /// Bounds on answers of other name servers; nil for our own.
  var cache: CorefilePlan.Cache?
}

/// Options of `rollcall dns` about that.
struct DNSOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Names of Pods by address: disabled, insecure or verified.",
      discussion: """
        `verified` answers for addresses of the namespace's Pods and follows all Pods; `insecure` \
        answers for any address spelled, as kubeadm sets it up; default: disabled.
        """, valueName: "mode"))
  var pods: PodRecords?

  @Option(
    help: ArgumentHelp(
      "How long records and denials may be kept, in seconds (default: 5).", valueName: "seconds"))
  var ttl: UInt32?

  @Option(help: ArgumentHelp("UDP threads per address (default: one per core).", valueName: "n"))
  var workers: Int?

  @Option(
    help: ArgumentHelp(
      "File to keep the zone in, so that a restart answers at once without the API server.",
      valueName: "file"))
  var snapshot: String?

  @Option(
    help: ArgumentHelp(
      "Address of plain HTTP for /metrics, /health, /ready and /explain. May be given again.",
      valueName: "host:port"))
  var metrics: [ListenAddress] = []

  @Option(
    help: ArgumentHelp(
      "Report not ready while the view of the cluster is older (default: never).",
      valueName: "seconds"))
  var readyMaxAge: Int?

  @Option(
    help: ArgumentHelp(
      "CoreDNS Corefile to follow; options win over it. `rollcall dns check` says what it does.",
      valueName: "file"))
  var corefile: String?

  func validate() throws {
    if let workers, !(1...256).contains(workers) {
      throw ValidationError("--workers is 1 to 256.")
    }
    if let ttl, ttl > 3600 { throw ValidationError("--ttl is 0 to 3600.") }
    if let readyMaxAge, readyMaxAge < 1 { throw ValidationError("--ready-max-age is at least 1.") }
  }

  /// The options, and where they say nothing the Corefile.
  func settings(_ plan: CorefilePlan?) -> DNSSettings {
    DNSSettings(
      pods: pods ?? plan?.pods ?? .disabled, ttl: ttl ?? plan?.ttl ?? 5, workers: workers,
      snapshot: snapshot,
      status: metrics.isEmpty
        ? (plan?.statusAddresses ?? []).compactMap { ListenAddress(argument: $0) } : metrics,
      readyMaximumAge: readyMaxAge, cache: plan?.cache)
  }
}

extension PodRecords: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument) }
}
