import APIServer
import Foundation
import KubernetesAPI
import KubernetesClient
import Logging
import NodeAgent
import ServiceLifecycle

/// The node agent with its network.
struct NodeAssembly: Sendable {
  let network: PodNetwork
  private let agent: NodeAgent

  /// Makes the Node's bridge, so that other roles can listen on it.
  ///
  /// - Parameters:
  ///   - directory: the data directory.
  ///   - clusterCIDR: addresses of Pods on other Nodes.
  ///   - nameServers: addresses of cluster DNS the bridge carries.
  /// - Throws: `CommandFailure`.
  static func makeNetwork(
    podCIDR: PodRanges, clusterCIDR: [CIDR] = [], directory: DataDirectory,
    nameServers: [IPAddress], logger: Logger
  ) throws -> PodNetwork {
    do {
      return try PodNetwork(
        ranges: podCIDR.ranges, clusterRanges: clusterCIDR, directory: directory.path + "/node",
        nameServers: nameServers, logger: logger)
    } catch let error as PodNetworkError {
      throw CommandFailure(.unavailable, "\(error); without Pods: --no-node")
    } catch {
      throw CommandFailure(
        .noPermission,
        "cannot make the network of Pods (\(error)); run as root, or without Pods: --no-node")
    }
  }

  /// - Parameter server: where the agent serves logs and streams of Pods; nil for nowhere.
  init(
    client: KubernetesClient, nodeName: String, network: PodNetwork, directory: DataDirectory,
    clusterDomain: ClusterDomain, mostPods: Int, server: NodeAgent.Configuration.Server?,
    logger: Logger
  ) {
    var configuration = NodeAgent.Configuration(
      nodeName: nodeName, directory: directory.path + "/node", program: Self.program,
      podRanges: network.ranges, clusterDomain: clusterDomain.name)
    configuration.hiddenDirectories = [directory.path]
    configuration.version = BuildVersion.text
    configuration.mostPods = mostPods
    configuration.server = server
    self.network = network
    agent = NodeAgent(
      client: client, configuration: configuration, network: network, logger: logger)
  }

  /// The agent's own server, with a certificate kept among the Node's files.
  ///
  /// - Parameter authority: in PEM: whose certificates its clients show.
  /// - Throws: `CommandFailure` with `cannotCreate`.
  static func server(
    nodeName: String, directory: DataDirectory, authority: String
  ) throws -> NodeAgent.Configuration.Server {
    do {
      let files = try PrivateDirectory(directory.path + "/node/pki")
      let certificate = try AgentCertificate(
        files: files, nodeName: nodeName, now: TimeSource.system.now())
      return NodeAgent.Configuration.Server(
        certificate: certificate.certificate, key: certificate.key,
        fingerprint: certificate.fingerprint, clientAuthority: authority
      ) { UserInfo(clientCertificate: $0) }
    } catch {
      throw CommandFailure(.cannotCreate, "\(directory.path)/node/pki: \(error)")
    }
  }

  /// Where cluster DNS listens for Pods.
  static func dnsListen(_ network: PodNetwork?) -> [ListenAddress] {
    (network?.nameServers ?? []).map { ListenAddress(host: $0.description, port: 53) }
  }

  /// Ends the Pods of a plane that leaves nothing behind.
  static func removeTraces(_ directory: DataDirectory) {
    _ = NodeCleanup.endPods(directory: directory.path + "/node")
    // What cannot be removed now is taken over by the next start.
    _ = try? PodNetwork.removeAll()
  }

  /// This program, wherever it was started from.
  static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
  }

  static var defaultNodeName: String {
    ProcessInfo.processInfo.hostName.split(separator: ".").first.map { $0.lowercased() } ?? "node"
  }

  var service: any ServiceLifecycle.Service { agent }

  func waitUntilReady() async throws { try await agent.waitUntilReady() }
}
