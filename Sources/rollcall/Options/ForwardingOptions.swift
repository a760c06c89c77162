import ArgumentParser
import ClusterDNS
import DNSMessage
import Foundation

/// Who answers for the names of other zones.
struct ForwardingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Name server to forward other zones' names to. May be given again.",
      discussion: """
        IP[:PORT], or tls://IP[:PORT][#NAME] for DNS over TLS with a certificate for NAME. \
        `none` refuses such names. Default: the name servers of /etc/resolv.conf, without this one.
        """, valueName: "addr"))
  var upstream: [UpstreamArgument] = []

  @Option(
    help: ArgumentHelp(
      "Forward a domain and what is below it elsewhere. May be given again.",
      valueName: "domain=addr"))
  var stubDomain: [StubDomain] = []

  @Option(
    help: ArgumentHelp(
      "Order in which name servers are tried: random, round_robin, sequential.",
      valueName: "policy"))
  var upstreamPolicy = ForwardingConfiguration.Policy.random

  @Option(
    help: ArgumentHelp(
      "PEM file of the authorities that tls:// name servers are checked against.",
      discussion: "Default: those of the system.", valueName: "file"))
  var upstreamCA: String?

  @Option(
    help: ArgumentHelp(
      "Memory for answers of other name servers, in MiB; 0 keeps none.", valueName: "mib"))
  var cacheSize = 32

  func validate() throws {
    guard (0...65_536).contains(cacheSize) else {
      throw ValidationError("--cache-size is 0 to 65536.")
    }
    if upstream.contains(.none), upstream.count > 1 {
      throw ValidationError("--upstream none stands alone.")
    }
  }

  /// Takes what a Corefile forwards, where no option says otherwise: names of zones it does not
  /// forward are refused, as CoreDNS has it.
  mutating func follow(_ plan: CorefilePlan) {
    guard upstream.isEmpty, stubDomain.isEmpty else { return }
    for forward in plan.forwards {
      if forward.zone == "." {
        upstream += forward.servers.compactMap { UpstreamArgument(argument: $0) }
      } else {
        stubDomain += forward.servers.compactMap {
          StubDomain(argument: "\(forward.zone)=\($0)")
        }
      }
    }
    // Without a server here, those of the host's resolv.conf are taken.
    if !plan.forwards.contains(where: { $0.zone == "." }) { upstream = [.none] }
  }

  /// - Parameters:
  ///   - listening: where the server itself answers.
  ///   - resolvConf: the text of `/etc/resolv.conf`; nil if there is none.
  func configuration(
    listening: [ClusterDNS.SocketAddress], resolvConf: String?
  ) -> ForwardingConfiguration {
    var upstreams = upstream.compactMap(\.upstream)
    if upstream.isEmpty, let resolvConf {
      upstreams = ResolvConf(resolvConf).upstreams(listening: listening)
    }
    var groups: [ForwardingConfiguration.Group] = []
    if !upstreams.isEmpty {
      groups.append(.init(upstreams: upstreams, policy: upstreamPolicy))
    }
    for stub in stubDomain {
      if let index = groups.firstIndex(where: { $0.domain == stub.domain }) {
        groups[index].upstreams.append(stub.upstream)
      } else {
        groups.append(
          .init(domain: stub.domain, upstreams: [stub.upstream], policy: upstreamPolicy))
      }
    }
    var configuration = ForwardingConfiguration(groups: groups)
    configuration.trustRoots = upstreamCA
    configuration.cache.capacity = cacheSize << 20
    return configuration
  }

  /// The text of the host's `/etc/resolv.conf`, if it can be read.
  static func hostResolvConf() -> String? {
    try? String(contentsOfFile: ResolvConf.path, encoding: .utf8)
  }
}

/// One `--upstream`.
enum UpstreamArgument: ExpressibleByArgument, Equatable {
  case none
  case server(Upstream)

  init?(argument: String) {
    if argument == "none" {
      self = .none
    } else {
      guard let upstream = Upstream(argument) else { return nil }
      self = .server(upstream)
    }
  }

  var upstream: Upstream? {
    if case .server(let upstream) = self { upstream } else { nil }
  }
}

/// `DOMAIN=ADDR`: who answers for a domain.
struct StubDomain: ExpressibleByArgument, Equatable {
  var domain: DomainName
  var upstream: Upstream

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let domain = DomainName(String(parts[0])), domain != .root,
      let upstream = Upstream(String(parts[1]))
    else { return nil }
    self.domain = domain
    self.upstream = upstream
  }
}

extension ForwardingConfiguration.Policy: ExpressibleByArgument {}
