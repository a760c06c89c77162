import DNSMessage
import KubernetesAPI

/// Makes a plan of a Corefile's directives.
package struct CorefileReader {
  var plan = CorefilePlan()
  /// Of the server block that is being read.
  private(set) var zonesOfServer: [String] = []
  let capabilities: Capabilities

  /// What this build does besides answering for the cluster.
  package struct Capabilities: Sendable {
    package var forwards: Bool
    package var caches: Bool
    /// The machine's name, for directives that tell it.
    package var hostName: String

    package init(forwards: Bool = false, caches: Bool = false, hostName: String = "") {
      self.forwards = forwards
      self.caches = caches
      self.hostName = hostName
    }
  }

  package static func plan(
    _ syntax: CorefileSyntax, capabilities: Capabilities = Capabilities()
  ) -> CorefilePlan {
    var reader = CorefileReader(capabilities: capabilities)
    var ports: Set<UInt16> = []
    for server in syntax.servers { reader.read(server, &ports) }
    reader.separate(syntax.servers.map { $0.keys.compactMap { zoneAndPort($0)?.zone } })
    if reader.plan.domain == nil, reader.plan.isAccepted {
      reader.add(1, "", .refused, "no server block has kubernetes: there is nothing to answer")
    }
    reader.plan.lines.sort { $0.number < $1.number }
    return reader.plan
  }

  private init(capabilities: Capabilities) { self.capabilities = capabilities }

  mutating func add(
    _ line: Int, _ directive: String, _ verdict: CorefilePlan.Line.Verdict, _ text: String
  ) {
    plan.lines.append(
      .init(number: line, directive: directive, verdict: verdict, explanation: text))
  }

  private mutating func read(_ server: CorefileSyntax.ServerBlock, _ ports: inout Set<UInt16>) {
    zonesOfServer = []
    for key in server.keys {
      guard let (zone, port) = Self.zoneAndPort(key) else {
        add(
          server.line, key, .refused,
          "only plain DNS servers (zone:port) are read from a Corefile; \(key) is another kind")
        continue
      }
      zonesOfServer.append(zone)
      ports.insert(port)
      plan.port = port
    }
    if ports.count > 1 {
      add(
        server.line, server.keys.joined(separator: " "), .refused,
        "all server blocks must have one port: the zones are told apart by name")
    }
    for directive in server.directives { read(directive) }
  }

  /// `dns://example.org:1053` as zone and port; nil for other schemes and bad ports.
  static func zoneAndPort(_ key: String) -> (zone: String, port: UInt16)? {
    var rest = key[...]
    if rest.hasPrefix("dns://") { rest = rest.dropFirst(6) }
    var port: UInt16 = 53
    if let colon = rest.lastIndex(of: ":") {
      guard let number = UInt16(rest[rest.index(after: colon)...]) else { return nil }
      port = number
      rest = rest[..<colon]
    }
    guard !rest.contains("/") || CIDR(String(rest)) != nil else { return nil }
    return (String(rest), port)
  }

  private mutating func read(_ directive: CorefileSyntax.Directive) {
    switch directive.name {
    case "kubernetes": kubernetes(directive)
    case "forward": forward(directive)
    case "cache": cache(directive)
    case "hosts": hosts(directive)
    case "rewrite": rewrite(directive)
    case "health": status(directive, standard: ":8080", "/health")
    case "ready": status(directive, standard: ":8181", "/ready")
    case "prometheus": status(directive, standard: "localhost:9153", "/metrics")
    case "bind": bind(directive)
    case "bufsize": bufsize(directive)
    case "transfer": transfer(directive)
    case "autopath": autopath(directive)
    case "nsid", "chaos": identity(directive)
    case "template":
      add(directive, .refused, "answers are not made from templates. Leave it out")
    case "log":
      plan.logsQueries = true
      add(
        directive, .ignored,
        "queries are counted (metrics), not logged; rollcall explain says why a name fails")
    case "errors": add(directive, .ignored, "errors are always logged")
    case "loop":
      add(directive, .ignored, "a server that forwards to itself is noticed by itself")
    case "reload":
      add(directive, .ignored, "the Corefile is read at start; a restart answers from --snapshot")
    case "loadbalance":
      directive.arguments.isEmpty || directive.arguments == ["round_robin"]
        ? add(directive, .done, "answers with several addresses rotate, always")
        : add(directive, .refused, "only round_robin: answers rotate")
    default:
      add(directive, .refused, "\(directive.name) is not known here. Leave it out")
    }
  }

  mutating func add(
    _ directive: CorefileSyntax.Directive, _ verdict: CorefilePlan.Line.Verdict, _ text: String
  ) {
    let words = [directive.name] + directive.arguments
    add(directive.line, words.joined(separator: " "), verdict, text)
  }

  // MARK: The cluster

  private mutating func kubernetes(_ directive: CorefileSyntax.Directive) {
    // The root is everybody's: the cluster's domain is told beside it.
    let zones =
      directive.arguments.isEmpty ? zonesOfServer.filter { $0 != "." } : directive.arguments
    var domain: DomainName?
    for zone in zones {
      if let range = CIDR(zone) {
        plan.reverseRanges.append(range)
      } else if zone.lowercased().hasSuffix("in-addr.arpa")
        || zone.lowercased().hasSuffix("ip6.arpa")
      {
        continue  // Reverse names of the cluster's addresses are answered anyway.
      } else if let name = DomainName(zone), name != .root, domain == nil {
        domain = name
      } else {
        add(directive, .refused, "\(zone): one cluster domain is answered, and reverse zones")
        return
      }
    }
    guard let domain else {
      add(directive, .refused, "kubernetes needs the cluster's domain, such as cluster.local")
      return
    }
    guard plan.domain == nil || plan.domain == domain else {
      add(directive, .refused, "there is another kubernetes with another domain")
      return
    }
    plan.domain = domain
    add(
      directive, .done,
      "names of Services and their endpoints in \(domain), and reverse names of their addresses")
    for option in directive.block { kubernetesOption(option) }
  }

  private mutating func kubernetesOption(_ option: CorefileSyntax.Directive) {
    let first = option.arguments.first ?? ""
    switch option.name {
    case "pods":
      guard let mode = PodRecords(rawValue: first) else {
        add(option, .refused, "pods is disabled, insecure or verified")
        return
      }
      plan.pods = mode
      add(option, .done, "names of Pods by address: \(mode.rawValue)")
    case "ttl":
      guard let ttl = UInt32(first), ttl <= 3600 else {
        add(option, .refused, "ttl is 0 to 3600 seconds")
        return
      }
      plan.ttl = ttl
      add(option, .done, "records may be kept for \(ttl) s")
    case "kubeconfig":
      guard !first.isEmpty, option.arguments.count == 1 else {
        add(option, .refused, "kubeconfig takes a file; its current context is used")
        return
      }
      plan.kubeconfig = first
      add(option, .done, "the API server is that of \(first), unless --kubeconfig says otherwise")
    case "fallthrough":
      add(
        option, .ignored,
        "names of the cluster's domain are denied here; reverse names that are not the cluster's "
          + "are not answered here, so that they go upstream")
    case "noendpoints":
      add(option, .refused, "endpoints always have names")
    case "endpoint_pod_names", "namespaces", "namespace_labels", "labels", "multicluster", "zonal",
      "ignore", "endpoint", "tls", "startup_timeout", "apiserver_qps", "apiserver_burst",
      "apiserver_max_inflight":
      let isHarmless = option.name.hasPrefix("apiserver_") || option.name == "startup_timeout"
      add(
        option, isHarmless ? .ignored : .refused,
        isHarmless
          ? "one list and one watch per kind is all that is asked"
          : "\(option.name) is not supported: all namespaces are answered. Leave it out")
    default: add(option, .refused, "\(option.name) is no option of kubernetes")
    }
  }

  // MARK: The rest of the world

  private mutating func forward(_ directive: CorefileSyntax.Directive) {
    guard directive.arguments.count >= 2 else {
      add(directive, .refused, "forward takes a zone and servers")
      return
    }
    var forward = CorefilePlan.Forward(
      zone: directive.arguments[0], upstreams: Array(directive.arguments.dropFirst()),
      line: directive.line)
    for upstream in forward.upstreams where !Self.isUpstream(upstream) {
      add(directive, .refused, "\(upstream) is neither an address nor \(ResolvConf.path)")
      return
    }
    for option in directive.block {
      switch option.name {
      case "except":
        add(option, .refused, "exceptions are not made: give their domain a forward of its own")
      case "tls_servername": forward.tlsServerName = option.arguments.first
      case "max_concurrent", "expire", "max_fails", "health_check", "policy", "prefer_udp",
        "force_tcp", "tls", "next":
        add(option, .ignored, "the server's own bounds and order hold")
      default: add(option, .refused, "\(option.name) is no option of forward")
      }
    }
    plan.forwards.append(forward)
    let servers = forward.upstreams.joined(separator: ", ")
    capabilities.forwards
      ? add(directive, .done, "names of \(forward.zone) are asked of \(servers)")
      : add(
        directive, .refused,
        "names of other domains are not passed on; clients need a second name server for them. "
          + "Leave it out")
  }

  static func isUpstream(_ text: String) -> Bool {
    if text == ResolvConf.path { return true }
    var rest = text[...]
    for scheme in ["dns://", "tls://"] where rest.hasPrefix(scheme) {
      rest = rest.dropFirst(scheme.count)
    }
    if IPAddress(String(rest)) != nil { return true }
    guard let colon = rest.lastIndex(of: ":"), UInt16(rest[rest.index(after: colon)...]) != nil
    else { return false }
    let host = rest[..<colon].drop { $0 == "[" }
    return IPAddress(String(host.last == "]" ? host.dropLast() : host)) != nil
  }

  private mutating func cache(_ directive: CorefileSyntax.Directive) {
    var cache = CorefilePlan.Cache(line: directive.line)
    if let first = directive.arguments.first {
      guard let ttl = UInt32(first) else {
        add(directive, .refused, "cache takes seconds")
        return
      }
      cache.maximumTTL = ttl
      cache.maximumDenialTTL = min(ttl, cache.maximumDenialTTL)
    }
    for option in directive.block {
      switch option.name {
      case "success", "denial":
        guard let ttl = option.arguments.dropFirst().first.map({ UInt32($0) }) ?? 3600 else {
          add(option, .refused, "\(option.name) takes a capacity and seconds")
          continue
        }
        if option.name == "success" { cache.maximumTTL = ttl } else { cache.maximumDenialTTL = ttl }
      case "serve_stale": cache.servesStale = true
      case "prefetch", "servfail", "keepttl":
        add(option, .ignored, "the server's own bounds hold")
      case "disable":
        add(option, .ignored, "the cluster's domain is never kept by time: changes are told")
      default: add(option, .refused, "\(option.name) is no option of cache")
      }
    }
    plan.cache = cache
    add(
      directive, capabilities.caches ? .done : .ignored,
      capabilities.caches
        ? "answers of other domains are kept for up to \(cache.maximumTTL) s; names of the cluster "
          + "are always current"
        : "names of the cluster are always current, so that there is nothing to keep")
  }

  // MARK: The server itself

  private mutating func status(
    _ directive: CorefileSyntax.Directive, standard: String, _ path: String
  ) {
    let text = directive.arguments.first ?? standard
    guard let address = Self.listenAddress(text) else {
      add(directive, .refused, "\(text) is no address")
      return
    }
    if !plan.statusAddresses.contains(address) { plan.statusAddresses.append(address) }
    add(directive, .done, "http://\(address)\(path)")
    for option in directive.block {
      option.name == "lameduck"
        ? add(option, .ignored, "a restart loses no query that was taken; no pause is needed")
        : add(option, .refused, "\(option.name) is no option of \(directive.name)")
    }
  }

  /// `:8080` and `localhost:9153` with addresses for hosts; nil if it is none.
  static func listenAddress(_ text: String) -> String? {
    guard let colon = text.lastIndex(of: ":"), UInt16(text[text.index(after: colon)...]) != nil
    else { return nil }
    let port = text[colon...]
    switch String(text[..<colon]) {
    case "": return "0.0.0.0\(port)"
    case "localhost": return "127.0.0.1\(port)"
    case let host:
      let bare =
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
      return IPAddress(bare) == nil ? nil : text
    }
  }

  private mutating func bind(_ directive: CorefileSyntax.Directive) {
    for address in directive.arguments where IPAddress(address) == nil {
      add(directive, .refused, "\(address) is no address; interfaces are not looked up")
      return
    }
    plan.bind += directive.arguments
    add(directive, .done, "answers on \(directive.arguments.joined(separator: ", "))")
  }

  private mutating func bufsize(_ directive: CorefileSyntax.Directive) {
    let size = directive.arguments.first.map { Int($0) } ?? 1232
    guard let size, (512...4096).contains(size) else {
      add(directive, .refused, "bufsize is 512 to 4096 bytes")
      return
    }
    add(
      directive, size == 1232 ? .done : .ignored,
      "UDP answers have at most 1232 bytes, which no network fragments (RFC 9715)")
  }
}
