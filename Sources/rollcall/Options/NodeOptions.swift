import ArgumentParser
import ClusterDNS
import KubernetesAPI
import Logging

/// DNS for the Pods of one node.
struct NodeOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Answer for the Pods of this node, on an address that only exists here.",
      discussion: """
        Makes an interface with the address and keeps DNS out of connection tracking (nftables); \
        removes both when it stops. Needs root.
        """))
  var node = false

  @Option(
    help: ArgumentHelp(
      "The address for --node, on port 53. May be given again.", valueName: "addr"))
  var nodeAddress: [NodeAddress] = []

  func validate() throws {
    if !node, !nodeAddress.isEmpty { throw ValidationError("--node-address needs --node.") }
  }

  private var addresses: [IPAddress] {
    nodeAddress.isEmpty ? [NodePlace.defaultAddress] : nodeAddress.map(\.address)
  }

  /// Where to answer, given what `--listen` says.
  func listen(_ others: [ListenAddress]) -> [ListenAddress] {
    if node { return addresses.map { ListenAddress(host: "\($0)", port: 53) } + others }
    return others.isEmpty ? [ListenAddress(host: "127.0.0.1", port: 10053)] : others
  }

  /// What is to be made for it; nil without `--node`.
  func place(logger: Logger) -> NodePlace? {
    guard node else { return nil }
    return NodePlace(addresses.map { ClusterDNS.SocketAddress($0, port: 53) }, logger: logger)
  }
}

/// An IPv4 address that can be put on an interface.
struct NodeAddress: ExpressibleByArgument, Equatable {
  var address: IPAddress

  init?(argument: String) {
    guard let address = IPAddress(argument), address.family == .v4, !address.isUnspecified,
      !address.isLoopback
    else { return nil }
    self.address = address
  }
}
