import ArgumentParser
import ClusterDNS
import DNSMessage
import Foundation
import JSONTree
import KubernetesAPI
import KubernetesClient

/// `rollcall explain [name] NAME`: why a name resolves, or does not.
struct ExplainNameCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "name", abstract: "Say why a name of the cluster resolves, or does not.",
    discussion: """
      Reads the objects the name depends on from an API server, and tells for every name a \
      resolver would try: the answer, the objects it comes from, which Pods are in it or left out \
      and why, and what was perhaps meant. Exit status is 0 if the name resolves, 1 if it does not.
      """)

  enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

  @OptionGroup var server: ClientOptions

  @Argument(help: "The name, as a program would ask for it.")
  var name: String

  @Option(
    help: ArgumentHelp("The Pod that asks.", valueName: "namespace/pod"))
  var from: String?

  @Option(
    name: [.customShort("n"), .long],
    help: ArgumentHelp("Namespace of the Pod that asks, if none is named.", valueName: "name"))
  var namespace = "default"

  @Option(help: ArgumentHelp("Type of record: A, AAAA, SRV, …", valueName: "type"))
  var type = "A"

  @Option(name: [.customShort("o"), .long], help: "text or json.")
  var output = Output.text

  @Option(help: ArgumentHelp("Domain the cluster's names end in.", valueName: "name"))
  var clusterDomain = ClusterDomain(name: "cluster.local")

  @Option(help: "How the server answers names of Pods: disabled, insecure or verified.")
  var pods = PodRecords.disabled

  func validate() throws {
    guard RecordType(mnemonic: type) != nil else {
      throw ValidationError("\(type) is no type of record.")
    }
    if let from, ObjectKey(path: from) == nil {
      throw ValidationError("--from is NAMESPACE/POD.")
    }
  }

  func run() async throws {
    guard let domain = DomainName(clusterDomain.name), let type = RecordType(mnemonic: type) else {
      throw CommandFailure(.usage, "\(clusterDomain.name) is no domain name")
    }
    var zone = ZoneConfiguration(domain: domain)
    zone.pods = pods
    let asker = from.flatMap { ObjectKey(path: $0) }
    let collector = ExplainCollector(
      client: try server.client(userAgent: "rollcall-explain"), zone: zone)
    let view: ExplainView
    do {
      view = try await collector.view(for: name, from: asker, namespace: namespace)
    } catch let error as APIStatus {
      throw CommandFailure(error.code == 403 ? .noPermission : .unavailable, "\(error)")
    } catch let error as TransportError {
      throw CommandFailure(.unavailable, "\(error)")
    }
    let explanation = Explainer(view).explain(name, type, from: asker, namespace: namespace)
    switch output {
    case .text: print(explanation.text, terminator: "")
    case .json: print(String(decoding: explanation.json.encoded(), as: UTF8.self))
    }
    if !explanation.resolves { throw ExitCode(1) }
  }
}
