import KubernetesAPI
import Testing

@testable import APIServer

@Suite struct PolicyRuleTests {
  private func access(
    _ verb: String, _ resource: String, group: String = "", name: String = ""
  ) -> AccessAttributes {
    let parts = resource.split(separator: "/").map(String.init)
    return AccessAttributes(
      user: UserInfo(name: "ada", groups: []), verb: verb, isResourceRequest: true, group: group,
      resource: parts[0], subresource: parts.count > 1 ? parts[1] : "", namespace: "default",
      name: name, path: "")
  }

  private func access(_ verb: String, path: String) -> AccessAttributes {
    AccessAttributes(
      user: UserInfo(name: "ada", groups: []), verb: verb, isResourceRequest: false, group: "",
      resource: "", subresource: "", namespace: "", name: "", path: path)
  }

  private let pods = PolicyRule(
    apiGroups: [""], resources: ["pods", "*/status"], verbs: ["get", "list"])

  @Test func `a rule allows its verbs on its resources and nothing else`() {
    #expect(pods.allows(access("get", "pods", name: "a")))
    #expect(!pods.allows(access("delete", "pods", name: "a")))
    #expect(!pods.allows(access("get", "pods", group: "apps")))
    #expect(!pods.allows(access("get", "pods/log")))
    #expect(pods.allows(access("get", "services/status")))
    #expect(!pods.allows(access("get", "/api".dropFirst().description)))
    #expect(!pods.allows(access("get", path: "/metrics")))
  }

  @Test func `a star stands for everything of its kind`() {
    let all = PolicyRule(apiGroups: ["*"], resources: ["*"], verbs: ["*"])
    #expect(all.allows(access("delete", "jobs/status", group: "batch")))
    #expect(!all.allows(access("get", path: "/metrics")))
    #expect(PolicyRule.everything[1].allows(access("get", path: "/metrics")))
  }

  @Test func `names confine a rule to objects`() {
    let one = PolicyRule(
      apiGroups: [""], resources: ["secrets"], resourceNames: ["key"], verbs: ["get", "list"])
    #expect(one.allows(access("get", "secrets", name: "key")))
    #expect(!one.allows(access("get", "secrets", name: "other")))
    #expect(!one.allows(access("list", "secrets")))
  }

  @Test(arguments: [
    ("/healthz", "/healthz", true), ("/healthz", "/healthz/etcd", false),
    ("/healthz/*", "/healthz/etcd", true), ("/healthz/*", "/healthz", false), ("*", "/x", true),
  ])
  func `a path may end in a star`(rule: String, path: String, isAllowed: Bool) {
    let rule = PolicyRule(nonResourceURLs: [rule], verbs: ["get"])
    #expect(rule.allows(access("get", path: path)) == isAllowed)
  }

  @Test func `what is missing is told one by one, and put together again by verbs`() {
    let wanted = PolicyRule(
      apiGroups: [""], resources: ["pods", "secrets"], verbs: ["get", "list", "delete"])
    let missing = PolicyRule.missing(from: [pods], of: [wanted])
    #expect(missing.count == 4)
    #expect(
      PolicyRule.compacted(missing).map(\.summary) == [
        #"{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}"#,
        #"{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list" "delete"]}"#,
      ])
    #expect(PolicyRule.missing(from: PolicyRule.everything, of: [wanted, pods]).isEmpty)
  }

  @Test func `a rule for one object does not cover a rule for all`() {
    let one = PolicyRule(
      apiGroups: [""], resources: ["secrets"], resourceNames: ["key"], verbs: ["get"])
    let all = PolicyRule(apiGroups: [""], resources: ["secrets"], verbs: ["get"])
    #expect(PolicyRule.missing(from: [one], of: [all]) == [all])
    #expect(PolicyRule.missing(from: [all], of: [one]).isEmpty)
  }

  @Test func `a rule goes through JSON unchanged`() {
    let rule = PolicyRule(
      apiGroups: ["", "apps"], resources: ["pods"], resourceNames: ["a"], verbs: ["get"])
    #expect(PolicyRule(json: rule.json) == rule)
  }
}
