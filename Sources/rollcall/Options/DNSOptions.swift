import ArgumentParser
import ClusterDNS
import Foundation
import KubernetesAPI

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
  /// Whether search paths of known Pods are completed.
  var completesSearchPaths = false
  /// Names of the operator's own, and names that are asked for as others.
  var hosts: HostsConfiguration?
  var rewrites: [RewriteRule] = []
  /// Who may have whole zones.
  var transferTo: [CIDR] = []
  /// Seconds a query for a name to come is kept; nil for none.
  var holdsExpected: Double?
  /// Queries per second of one client; nil for any number.
  var queriesPerClient: Int?
  /// Empty to keep them.
  var serverName = ""
  var versionText = ""
  /// 32 hexadecimal digits; nil for a random one.
  var cookieSecret: String?
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

  @Flag(
    help: ArgumentHelp(
      "Complete search paths: a Pod gets web.example.com in one round trip.",
      discussion: """
        The answer to web.example.com.NAMESPACE.svc.DOMAIN, asked by a Pod of that namespace, is \
        an alias for the name its search would find. Follows all Pods; Pods on their node's \
        network are answered as before.
        """))
  var autopath = false

  @Option(
    help: ArgumentHelp(
      "Who may have whole zones over TCP (AXFR). May be given again.", valueName: "cidr"))
  var transferTo: [String] = []

  @Option(
    help: ArgumentHelp(
      "Keep a query for a name that is about to exist for so long instead of denying the name.",
      discussion: "At most 4: clients ask again after 5 (default: deny it).", valueName: "seconds"))
  var holdExpected: Double?

  @Option(
    help: ArgumentHelp(
      "Queries per second of one client over UDP (default: any number).",
      discussion: """
        Above it, every second query gets a truncated response, with which a client goes on over \
        TCP, the others none. Clients with a cookie of this server (RFC 7873) are not limited.
        """, valueName: "n"))
  var queriesPerClient: Int?

  @Option(
    help: ArgumentHelp(
      "What this server calls itself in NSID (RFC 5001) and id.server (default: nothing).",
      valueName: "text"))
  var serverID: String?

  @Option(
    help: ArgumentHelp(
      "What version.bind is answered with (default: it is refused).", valueName: "text"))
  var versionText: String?

  @Option(
    help: ArgumentHelp(
      "File with the secret of DNS cookies, 32 hexadecimal digits.",
      discussion: "For replicas behind one address; default: a random one.", valueName: "file"))
  var cookieSecret: String?

  func validate() throws {
    for range in transferTo where CIDR(range) == nil {
      throw ValidationError("\(range) is no address range.")
    }
    if let holdExpected, !(0.001...4).contains(holdExpected) {
      throw ValidationError("--hold-expected is above 0 and at most 4.")
    }
    if let queriesPerClient, !(1...1_000_000).contains(queriesPerClient) {
      throw ValidationError("--queries-per-client is 1 to 1000000.")
    }
    for text in [serverID, versionText] where (text?.utf8.count ?? 0) > 255 {
      throw ValidationError("--server-id and --version-text have at most 255 bytes.")
    }
    if let workers, !(1...256).contains(workers) {
      throw ValidationError("--workers is 1 to 256.")
    }
    if let ttl, ttl > 3600 { throw ValidationError("--ttl is 0 to 3600.") }
    if let readyMaxAge, readyMaxAge < 1 { throw ValidationError("--ready-max-age is at least 1.") }
  }

  /// The options, and where they say nothing the Corefile.
  ///
  /// - Throws: `CommandFailure` if the file of the secret cannot be read, or has none.
  func settings(_ plan: CorefilePlan?) throws -> DNSSettings {
    var settings = basicSettings(plan)
    settings.completesSearchPaths = autopath || plan?.completesSearchPaths == true
    settings.hosts = plan?.hosts
    settings.rewrites = plan?.rewrites ?? []
    let networks = transferTo.compactMap { CIDR($0) }
    settings.transferTo = networks.isEmpty ? plan?.transferTo ?? [] : networks
    settings.holdsExpected = holdExpected
    settings.queriesPerClient = queriesPerClient
    settings.serverName = serverID ?? plan?.serverName ?? ""
    settings.versionText = versionText ?? plan?.versionText ?? ""
    settings.cookieSecret = try cookieSecret.map(CookieSecretFile.read)
    return settings
  }

  private func basicSettings(_ plan: CorefilePlan?) -> DNSSettings {
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

/// Reads secrets of cookies for commands.
enum CookieSecretFile {
  /// - Throws: `CommandFailure` with `noInput` or `configuration`.
  static func read(_ path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandFailure(.noInput, "\(path) cannot be read")
    }
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    guard text.utf8.count == 32, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
      throw CommandFailure(.configuration, "\(path): a cookie secret is 32 hexadecimal digits")
    }
    return text
  }
}
