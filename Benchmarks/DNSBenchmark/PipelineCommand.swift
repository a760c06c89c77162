import ArgumentParser
import ClusterDNS
import DNSMessage
import JSONTree
import KubernetesAPI

/// The query pipeline alone, without sockets: what the server adds to the kernel's share.
///
/// `Benchmarks/check-dns-path` runs it under callgrind, to see what the path of a query calls.
struct PipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline", abstract: "Measures the query pipeline without sockets.")

  @Option(help: "Queries of each kind.")
  var queries = 2_000_000

  @Option(help: "Only this kind of query.")
  var only: String?

  /// A kind of query, by an example of it in the cluster.
  private static let kinds: [(name: String, question: String, type: RecordType)] = [
    ("cluster-address", "web-17.team-17.svc.cluster.local", .a),
    ("hostname", "db-3.db-17.team-17.svc.cluster.local", .a),
    ("headless", "db-17.team-17.svc.cluster.local", .a),
    ("ports", "_sql._tcp.db-17.team-17.svc.cluster.local", .srv),
    ("reverse", "18.4.96.10.in-addr.arpa", .ptr),
    ("no-data", "web-17.team-17.svc.cluster.local", .aaaa),
    ("no-name", "example.com.team-17.svc.cluster.local", .a),
  ]

  func run() throws {
    let feed = ZoneFeed(ZoneConfiguration(domain: ZoneConfiguration.defaultDomain), hashSeed: 1)
    let cluster = ClusterData(clusterServices: 1000, headlessServices: 1200, hostnames: 14)
    feed.apply(try cluster.objects.compactMap { try Self.change($0.body) })
    feed.markSynced()
    var answerer = MessageAnswerer(feed)
    for kind in Self.kinds where only == nil || only == kind.name {
      guard let name = DomainName(kind.question) else { continue }
      let query = try Message(
        id: 1, flags: HeaderFlags(rawValue: HeaderFlags.recursionDesired),
        questions: [Question(name: name, type: kind.type)], edns: EDNS()
      ).encoded()
      guard answerer.answer(query).count > query.count else {
        throw ServerFailure("no answer for \(kind.question)")
      }
      let start = MonotonicTime.nanoseconds
      _ = answerer.answer(query, times: queries)
      let each = Double(MonotonicTime.nanoseconds - start) / Double(queries)
      Figures().line("pipeline", kind.name, each, "ns per query")
    }
  }

  private static func change(_ body: String) throws -> ZoneChange? {
    let json = try JSON(parsing: body)
    return switch json["kind"]?.string {
    case "Service": .service(KubernetesAPI.Service(json: json))
    case "EndpointSlice": .slice(EndpointSlice(json: json))
    default: nil
    }
  }
}
