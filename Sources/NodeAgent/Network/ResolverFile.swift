import JSONTree
package import KubernetesAPI

/// The content of a Pod's `/etc/resolv.conf`, as the kubelet writes it for each `dnsPolicy`.
package struct ResolverFile: Sendable, Equatable {
  package var nameServers: [String]
  package var searches: [String]
  package var options: [String]

  package init(nameServers: [String] = [], searches: [String] = [], options: [String] = []) {
    self.nameServers = nameServers
    self.searches = searches
    self.options = options
  }

  /// Reads a resolv.conf (resolv.conf(5)); the last `search` or `domain` counts.
  package init(parsing text: String) {
    self.init()
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      guard words.count > 1 else { continue }
      switch words[0] {
      case "nameserver": nameServers.append(words[1])
      case "search": searches = Array(words.dropFirst())
      case "domain": searches = [words[1]]
      case "options": options = Array(words.dropFirst())
      default: break
      }
    }
  }

  /// What a Pod gets.
  ///
  /// - Parameters:
  ///   - host: the Node's own.
  ///   - domain: the cluster's.
  ///   - servers: cluster DNS.
  package init(pod: AgentPod, host: ResolverFile, domain: String, servers: [IPAddress]) {
    let policy = pod.spec["dnsPolicy"]?.string ?? "ClusterFirst"
    let usesCluster =
      policy == "ClusterFirstWithHostNet" || policy == "ClusterFirst" && !pod.hostNetwork
    if policy == "None" {
      self.init()
    } else if usesCluster, !servers.isEmpty {
      let namespace = pod.metadata.namespace
      self.init(
        nameServers: servers.map(\.description),
        searches: ["\(namespace).svc.\(domain)", "svc.\(domain)", domain]
          + host.searches, options: ["ndots:5"])
    } else {
      self = host
    }
    merge(pod.spec["dnsConfig"])
    nameServers = Self.unique(nameServers)
    searches = Self.unique(searches)
  }

  private mutating func merge(_ configuration: JSON?) {
    guard let configuration else { return }
    nameServers += configuration["nameservers"]?.strings ?? []
    searches += configuration["searches"]?.strings ?? []
    for option in configuration["options"]?.array ?? [] {
      guard let name = option["name"]?.string, !name.isEmpty else { continue }
      let text = option["value"]?.string.map { "\(name):\($0)" } ?? name
      // An option given again replaces the one before.
      if let index = options.firstIndex(where: { $0 == name || $0.hasPrefix(name + ":") }) {
        options[index] = text
      } else {
        options.append(text)
      }
    }
  }

  private static func unique(_ values: [String]) -> [String] {
    var seen: Set<String> = []
    return values.filter { seen.insert($0).inserted }
  }

  /// In the order the kubelet has: search, nameserver, options.
  package var text: String {
    var lines: [String] = []
    if !searches.isEmpty { lines.append("search " + searches.joined(separator: " ")) }
    lines += nameServers.map { "nameserver \($0)" }
    if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
    return lines.map { $0 + "\n" }.joined()
  }
}
