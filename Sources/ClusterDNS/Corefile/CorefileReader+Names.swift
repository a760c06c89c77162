import DNSMessage
import KubernetesAPI

// Directives about names: the operator's own, other names for them, search paths, whole zones.
extension CorefileReader {
  /// Zones as they are written, `10.0.0.0/24` among them, without the port.
  private static func names(_ zones: [String]) -> [DomainName] {
    zones.compactMap { DomainName($0) }
  }

  /// Limits what names hosts and rules are for where there are several server blocks: CoreDNS gives
  /// a name to the block with the longest of its zones.
  mutating func separate(_ servers: [[String]]) {
    let all = servers.flatMap(\.self)
    guard servers.count > 1 else { return }
    func others(_ own: [DomainName]) -> [DomainName] {
      Self.names(all).filter { zone in
        !own.contains(zone) && own.contains { zone.isWithin($0) }
      }
    }
    for index in plan.rewrites.indices {
      let own = Self.names(plan.rewrites[index].zones)
      plan.rewrites[index].exceptZones = others(own).map(\.description)
    }
    if let hosts = plan.hosts { plan.hosts?.exceptZones = others(hosts.zones) }
  }

  // MARK: Names of one's own

  mutating func hosts(_ directive: CorefileSyntax.Directive) {
    guard plan.hosts == nil else {
      add(directive, .refused, "there is another hosts")
      return
    }
    var hosts = HostsConfiguration()
    hosts.file = directive.arguments.first ?? "/etc/hosts"
    let named = Array(directive.arguments.dropFirst())
    hosts.zones = Self.names(named.isEmpty ? zonesOfServer : named)
    guard hosts.zones.count == (named.isEmpty ? zonesOfServer : named).count else {
      add(directive, .refused, "zones of hosts are domains")
      return
    }
    hosts.deniedZones = hosts.zones
    let own = plan.lines.count
    for option in directive.block { hostsOption(option, &hosts) }
    if hosts.zones.contains(.root) { hosts.zones = [] }
    guard !hosts.deniedZones.contains(.root) else {
      add(
        directive, .refused,
        "without fallthrough every name that is not written here fails (SERVFAIL), in CoreDNS too. "
          + "Add fallthrough")
      return
    }
    plan.hosts = hosts
    let names = Set(hosts.entries.map(\.name)).count
    let denied =
      hosts.deniedZones.isEmpty
      ? "" : "; other names of \(hosts.deniedZones.map(\.description).joined(separator: ", ")) fail"
    // The line of the directive before those of its block.
    plan.lines.insert(
      .init(
        number: directive.line,
        directive: ([directive.name] + directive.arguments).joined(
          separator: " "), verdict: .done,
        explanation: "\(names) names written here, and those of \(hosts.file ?? ""), before all "
          + "others\(denied)"), at: own)
  }

  private mutating func hostsOption(
    _ option: CorefileSyntax.Directive, _ hosts: inout HostsConfiguration
  ) {
    switch option.name {
    case "fallthrough": hostsFallthrough(option, &hosts)
    case "ttl":
      guard let ttl = option.arguments.first.flatMap({ UInt32($0) }), (1...65_535).contains(ttl)
      else { return add(option, .refused, "ttl is 1 to 65535 seconds") }
      hosts.ttl = ttl
      add(option, .done, "they may be kept for \(ttl) s")
    case "no_reverse":
      hosts.answersReverse = false
      add(option, .done, "their addresses have no names in reverse")
    case "reload":
      guard let seconds = option.arguments.first.flatMap(Self.seconds) else {
        return add(option, .refused, "reload is a time, such as 5s; 0 for never")
      }
      hosts.reload = seconds
      add(
        option, .done,
        seconds > 0 ? "the file is looked at every \(option.arguments[0])" : "the file is read once"
      )
    default:
      guard let address = IPAddress(option.name), !option.arguments.isEmpty else {
        return add(option, .refused, "an entry of hosts is an address and names")
      }
      for argument in option.arguments {
        guard let name = DomainName(argument), name != .root else {
          add(option, .refused, "\(argument) is no name")
          continue
        }
        hosts.entries.append(HostsEntry(name: name, address: address))
      }
    }
  }

  private mutating func hostsFallthrough(
    _ option: CorefileSyntax.Directive, _ hosts: inout HostsConfiguration
  ) {
    let zones = Self.names(option.arguments)
    if zones.isEmpty {
      hosts.deniedZones = []
      return add(option, .done, "other names are looked for elsewhere")
    }
    hosts.deniedZones = hosts.zones.filter { own in !zones.contains { own.isWithin($0) } }
    guard hosts.deniedZones.allSatisfy({ own in !zones.contains { $0.isWithin(own) } }) else {
      hosts.deniedZones = []
      return add(option, .refused, "fallthrough for a part of a zone is not followed")
    }
    add(option, .done, "other names of \(option.arguments.joined(separator: ", ")) go on")
  }

  /// A time as Go writes it: `1h30m`, `5s`, `500ms`; in seconds.
  static func seconds(_ text: String) -> Double? {
    if text == "0" { return 0 }
    var rest = text[...]
    var seconds = 0.0
    guard !rest.isEmpty else { return nil }
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isNumber || $0 == "." }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      let factors: [Substring: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600]
      guard let number = Double(digits), number.isFinite, let factor = factors[unit] else {
        return nil
      }
      seconds += number * factor
    }
    return seconds <= 86_400 * 365 ? seconds : nil
  }

  // MARK: Other names

  mutating func rewrite(_ directive: CorefileSyntax.Directive) {
    // A rule may be written as a block.
    var words = (directive.arguments + directive.block.flatMap { [$0.name] + $0.arguments })[...]
    var continues = false
    if words.first == "stop" || words.first == "continue" {
      continues = words.first == "continue"
      words = words.dropFirst()
    }
    guard words.popFirst() == "name" else {
      return add(
        directive, .refused, "only rewrite name is read: types, classes and options stay as asked")
    }
    var matching = RewriteRule.Matching.exact
    if let first = words.first.flatMap({ RewriteRule.Matching(rawValue: $0) }) {
      matching = first
      words = words.dropFirst()
    }
    guard let from = words.popFirst(), let to = words.popFirst() else {
      return add(directive, .refused, "rewrite name takes a name and what becomes of it")
    }
    var rule = RewriteRule(matching: matching, from: from, to: to)
    rule.continues = continues
    rule.zones = zonesOfServer
    if let failure = Self.readAnswers(&words, &rule) { return add(directive, .refused, failure) }
    do throws(NameRewriter.Failure) {
      _ = try NameRewriter([rule])
    } catch {
      return add(directive, .refused, "\(error)")
    }
    plan.rewrites.append(rule)
    let answers =
      rule.restoresAnswers || matching == .exact
      ? "names in answers are set back"
      : rule.answers.isEmpty
        ? "names in answers stay as they are" : "names in answers by their rules"
    add(
      directive, .done,
      "\(Self.phrase(matching)) \(from) is asked for as \(to); \(answers)"
        + (continues ? "; the next rules are looked at too" : ""))
  }

  private static func phrase(_ matching: RewriteRule.Matching) -> String {
    switch matching {
    case .exact: "the name"
    case .prefix: "a name that begins with"
    case .suffix: "a name that ends in"
    case .substring: "a name that contains"
    case .regex: "a name that matches"
    }
  }

  /// Reads `answer …` behind a rule; returns what is wrong with it.
  private static func readAnswers(
    _ words: inout ArraySlice<String>, _ rule: inout RewriteRule
  ) -> String? {
    while let word = words.popFirst() {
      guard word == "answer", let kind = words.popFirst() else {
        return "\(word) is not read behind a rule"
      }
      if kind == "auto" {
        rule.restoresAnswers = true
        continue
      }
      guard let place = RewriteRule.Answer.Place(rawValue: kind), let from = words.popFirst(),
        let to = words.popFirst()
      else {
        return "answer takes auto, or name or value with an expression and what becomes of it"
      }
      rule.answers.append(.init(place: place, from: from, to: to))
    }
    return nil
  }

  // MARK: Search paths

  mutating func autopath(_ directive: CorefileSyntax.Directive) {
    guard directive.arguments.last == "@kubernetes" else {
      return add(
        directive, .refused,
        "only @kubernetes is followed: the search path of who asks is not known from a file")
    }
    plan.completesSearchPaths = true
    add(
      directive, .done,
      "search paths of known Pods are completed; all Pods are followed for it, whatever pods says")
  }

  // MARK: The server's own names

  mutating func identity(_ directive: CorefileSyntax.Directive) {
    let text = directive.arguments.joined(separator: " ")
    if directive.name == "nsid" {
      plan.serverName = text.isEmpty ? capabilities.hostName : text
      return add(directive, .done, "clients that ask (NSID) and id.server get \(plan.serverName)")
    }
    plan.versionText = directive.arguments.first ?? "rollcall"
    if plan.serverName.isEmpty { plan.serverName = capabilities.hostName }
    add(
      directive, .done,
      "version.bind is \(plan.versionText), id.server and NSID are \(plan.serverName)")
  }

  // MARK: Whole zones

  mutating func transfer(_ directive: CorefileSyntax.Directive) {
    for zone in Self.names(directive.arguments) where zone != .root {
      guard plan.domain == nil || plan.domain == zone || zone.isReverse else {
        return add(directive, .refused, "\(zone) is none of the zones answered here")
      }
    }
    var networks: [CIDR] = []
    for option in directive.block {
      guard option.name == "to" else {
        return add(option, .refused, "\(option.name) is no option of transfer")
      }
      for text in option.arguments {
        guard let own = Self.networks(text) else {
          return add(option, .refused, "\(text) is no address")
        }
        networks += own
      }
    }
    guard !networks.isEmpty else {
      return add(directive, .refused, "transfer says to whom: to ADDRESS")
    }
    plan.transferTo += networks
    add(
      directive, .done,
      "whole zones over TCP, for \(networks.map(\.description).joined(separator: ", ")); nobody is "
        + "notified of changes")
  }

  /// An address, alone or with a port, a range of them, or `*`.
  private static func networks(_ text: String) -> [CIDR]? {
    if text == "*" { return [CIDR("0.0.0.0/0"), CIDR("::/0")].compactMap(\.self) }
    if let range = CIDR(text) { return [range] }
    guard let address = IPAddress(text) ?? SocketAddress(text)?.address else { return nil }
    return CIDR("\(address)/\(address.family == .v4 ? 32 : 128)").map { [$0] }
  }
}

extension DomainName {
  /// Below `in-addr.arpa` or `ip6.arpa`.
  fileprivate var isReverse: Bool {
    let text = description.lowercased()
    return text.hasSuffix("in-addr.arpa.") || text.hasSuffix("ip6.arpa.")
  }
}
