package import DNSMessage
package import KubernetesAPI

/// What a Corefile asks for, in our terms, and line by line what becomes of it.
package struct CorefilePlan: Sendable {
  /// What becomes of one line.
  package struct Line: Sendable, Equatable {
    package enum Verdict: String, Sendable {
      /// It is done.
      case done
      /// It asks for what is so anyway, or for nothing that matters here.
      case ignored
      /// It asks for what this server does not do: the Corefile is not accepted.
      case refused
    }

    package var number: Int
    package var directive: String
    package var verdict: Verdict
    package var explanation: String
  }

  /// Servers names are passed on to (`forward`).
  package struct Forward: Sendable, Equatable {
    /// `.` for all.
    package var zone: String
    /// Addresses with ports, `tls://` before those asked over TLS, or `/etc/resolv.conf`.
    package var upstreams: [String]
    /// For TLS, the name in the server's certificate.
    package var tlsServerName: String?
    package var line: Int

    /// The servers as ``Upstream`` reads them, without those of `/etc/resolv.conf`.
    package var servers: [String] {
      upstreams.filter { $0 != ResolvConf.path }.map { upstream in
        guard let tlsServerName, upstream.hasPrefix("tls://") else { return upstream }
        return "\(upstream)#\(tlsServerName)"
      }
    }
  }

  /// Bounds on what is kept (`cache`), in seconds.
  package struct Cache: Sendable, Equatable {
    package var maximumTTL: UInt32 = 3600
    package var maximumDenialTTL: UInt32 = 1800
    package var servesStale = false
    package var line: Int
  }

  package var lines: [Line] = []
  /// Addresses to listen on; empty for all.
  package var bind: [String] = []
  package var port: UInt16 = 53
  /// Nil without `kubernetes`.
  package var domain: DomainName?
  package var reverseRanges: [CIDR] = []
  package var pods = PodRecords.disabled
  package var ttl: UInt32 = 5
  package var kubeconfig: String?
  package var forwards: [Forward] = []
  package var cache: Cache?
  /// Names of the operator's own.
  package var hosts: HostsConfiguration?
  package var rewrites: [RewriteRule] = []
  /// Search paths of known Pods are completed (`autopath`).
  package var completesSearchPaths = false
  /// What tells this server from others (`nsid`, `chaos`), and its version (`chaos`); empty to keep
  /// them.
  package var serverName = ""
  package var versionText = ""
  /// `HOST:PORT` of plain HTTP endpoints: metrics, health, readiness.
  package var statusAddresses: [String] = []
  /// Networks that may transfer the zone.
  package var transferTo: [CIDR] = []
  package var logsQueries = false

  package init() {}

  package var isAccepted: Bool { !lines.contains { $0.verdict == .refused } }
}
