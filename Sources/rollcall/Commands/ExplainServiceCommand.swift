import ArgumentParser
import Foundation
import KubernetesAPI
import KubernetesClient
import ServiceProxy

/// `rollcall explain service`: what a node's proxy does with traffic to a Service, and why.
struct ExplainServiceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "service",
    abstract: "Explain what becomes of traffic to a Service on a node.",
    discussion: """
      Prints for each address and port what decides, which endpoints serve, and why the others do \
      not; with --from, where a packet from there may arrive and whose address the endpoint sees.
      """)

  @OptionGroup var server: ClientOptions

  @Argument(
    help: ArgumentHelp("The Service, with the number or name of a port.", valueName: "name[:port]"))
  var service: String

  @Option(name: .shortAndLong, help: "Namespace of the Service.")
  var namespace = "default"

  @Option(
    help: ArgumentHelp(
      "Node whose proxy is asked about. Default: this host's name, else the only Node.",
      valueName: "node"))
  var node: String?

  @Option(
    help: ArgumentHelp("Where a packet comes from: a Pod of the namespace, or an address."))
  var from: String?

  @Option(help: ArgumentHelp("Addresses of Pods, as the proxy was told.", valueName: "cidrs"))
  var clusterCidr: String?

  func run() async throws {
    let client = try server.client(userAgent: "rollcall-explain")
    let parts = service.split(separator: ":", maxSplits: 1).map(String.init)
    let key = ObjectKey(namespace: namespace, name: parts.first ?? "")
    do {
      let found = try await client.get(Service.self, key)
      let slices: [EndpointSlice] = try await client.list(
        namespace: namespace,
        options: ListOptions(labelSelector: "\(EndpointSlice.serviceNameLabel)=\(key.name)"))
      let node = try await chosenNode(client)
      let source = try await source(client)
      let explanation = ServiceExplanation(
        service: found, slices: slices,
        node: ProxyNode(name: node.metadata.name, zone: node.zone),
        nodeAddresses: Set(node.internalAddresses),
        settings: TableSettings(podRanges: try podRanges()))
      guard let lines = explanation.lines(port: parts.count > 1 ? parts[1] : nil, from: source)
      else { throw CommandFailure(.dataError, "Service \(key) has no port \(parts[1])") }
      for line in lines { Terminal.writeLine(line) }
    } catch let status as APIStatus {
      throw CommandFailure(status.isNotFound ? .noInput : .unavailable, status.message)
    } catch let error as TransportError {
      throw CommandFailure(.unavailable, "\(error)")
    }
  }

  private func podRanges() throws -> [CIDR] {
    do {
      return try ProxyConfigurationFile.ranges(
        (clusterCidr ?? "").split(separator: ",").map(String.init), "--cluster-cidr")
    } catch {
      throw CommandFailure(.usage, "\(error)")
    }
  }

  private func chosenNode(_ client: KubernetesClient) async throws -> Node {
    let nodes: [Node] = try await client.list()
    if let node {
      guard let found = nodes.first(where: { $0.metadata.name == node }) else {
        throw CommandFailure(.noInput, "nodes \"\(node)\" not found")
      }
      return found
    }
    if let own = nodes.first(where: { $0.metadata.name == ProxyAssembly.hostName }) { return own }
    guard nodes.count <= 1 else {
      throw CommandFailure(.usage, "there are \(nodes.count) Nodes: choose one with --node")
    }
    return nodes.first ?? Node(metadata: ObjectMeta(name: ProxyAssembly.hostName))
  }

  private func source(_ client: KubernetesClient) async throws -> IPAddress? {
    guard let from else { return nil }
    if let address = IPAddress(from) { return address }
    let pod = try await client.get(Pod.self, ObjectKey(namespace: namespace, name: from))
    guard let address = pod.podIPs.first.flatMap({ IPAddress($0) }) else {
      throw CommandFailure(.dataError, "Pod \(from) has no address yet")
    }
    return address
  }
}
