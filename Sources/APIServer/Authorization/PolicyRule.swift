import JSONTree
import KubernetesAPI

/// One rule of a role (rbac.authorization.k8s.io/v1 PolicyRule).
struct PolicyRule: Sendable, Hashable {
  var apiGroups: [String] = []
  var resources: [String] = []
  /// None for all objects.
  var resourceNames: [String] = []
  var nonResourceURLs: [String] = []
  var verbs: [String]

  /// Everything, so that whoever has these may pass on anything.
  static let everything = [
    PolicyRule(apiGroups: ["*"], resources: ["*"], verbs: ["*"]),
    PolicyRule(nonResourceURLs: ["*"], verbs: ["*"]),
  ]

  // MARK: Deciding

  func allows(_ access: AccessAttributes) -> Bool {
    guard Self.names(verbs, access.verb) else { return false }
    guard access.isResourceRequest else { return coversURL(access.path) }
    return Self.names(apiGroups, access.group)
      && coversResource(
        access.subresource.isEmpty ? access.resource : access.resource + "/" + access.subresource)
      && (resourceNames.isEmpty || resourceNames.contains(access.name))
  }

  private static func names(_ list: [String], _ name: String) -> Bool {
    list.contains { $0 == "*" || $0 == name }
  }

  /// - Parameter resource: `pods`, `pods/log`.
  private func coversResource(_ resource: String) -> Bool {
    if Self.names(resources, resource) { return true }
    guard let slash = resource.firstIndex(of: "/") else { return false }
    return resources.contains("*" + resource[slash...])
  }

  private func coversURL(_ path: String) -> Bool {
    nonResourceURLs.contains { url in
      url == "*" || url == path || url.last == "*" && path.hasPrefix(url.dropLast())
    }
  }

  // MARK: Comparing

  /// The rule as many rules that each name one thing.
  var parts: [PolicyRule] {
    let ofURLs = nonResourceURLs.flatMap { url in
      verbs.map { PolicyRule(nonResourceURLs: [url], verbs: [$0]) }
    }
    let names = resourceNames.isEmpty ? [[]] : resourceNames.map { [$0] }
    return ofURLs
      + apiGroups.flatMap { group in
        resources.flatMap { resource in
          names.flatMap { name in
            verbs.map {
              PolicyRule(
                apiGroups: [group], resources: [resource], resourceNames: name, verbs: [$0])
            }
          }
        }
      }
  }

  /// Whether everything a rule with one of each allows is allowed by this one.
  func covers(_ part: PolicyRule) -> Bool {
    guard part.verbs.allSatisfy({ Self.names(verbs, $0) }),
      part.apiGroups.allSatisfy({ Self.names(apiGroups, $0) }),
      part.resources.allSatisfy({ coversResource($0) }),
      part.nonResourceURLs.allSatisfy({ coversURL($0) })
    else { return false }
    if resourceNames.isEmpty { return true }
    return !part.resourceNames.isEmpty && part.resourceNames.allSatisfy(resourceNames.contains)
  }

  /// What of some rules is not allowed by others, as rules that each name one thing.
  static func missing(from held: [PolicyRule], of wanted: [PolicyRule]) -> [PolicyRule] {
    var seen: Set<PolicyRule> = []
    return wanted.flatMap(\.parts).filter { part in
      seen.insert(part).inserted && !held.contains { $0.covers(part) }
    }
  }
}

extension PolicyRule {
  init(json: JSON) {
    func list(_ member: String) -> [String] { json[member]?.strings ?? [] }
    self.init(
      apiGroups: list("apiGroups"), resources: list("resources"),
      resourceNames: list("resourceNames"), nonResourceURLs: list("nonResourceURLs"),
      verbs: list("verbs"))
  }

  var json: JSON {
    var object: JSONObject = ["verbs": JSON(strings: verbs)]
    object["apiGroups"] = JSON(nonEmpty: apiGroups)
    object["resources"] = JSON(nonEmpty: resources)
    object["resourceNames"] = JSON(nonEmpty: resourceNames)
    object["nonResourceURLs"] = JSON(nonEmpty: nonResourceURLs)
    return .object(object)
  }

  /// As messages show it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`.
  var summary: String {
    let members = [
      ("APIGroups", apiGroups), ("Resources", resources), ("NonResourceURLs", nonResourceURLs),
      ("ResourceNames", resourceNames), ("Verbs", verbs),
    ]
    let shown = members.filter { !$0.1.isEmpty }.map { name, values in
      "\(name):[\(values.map { quoted($0) }.joined(separator: " "))]"
    }
    return "{" + shown.joined(separator: ", ") + "}"
  }

  /// Rules that differ in their verbs only, put together.
  static func compacted(_ rules: [PolicyRule]) -> [PolicyRule] {
    var compacted: [PolicyRule] = []
    for rule in rules {
      let index = compacted.firstIndex { other in
        var rule = rule
        rule.verbs = other.verbs
        return rule == other
      }
      if let index {
        compacted[index].verbs += rule.verbs
      } else {
        compacted.append(rule)
      }
    }
    return compacted
  }
}
