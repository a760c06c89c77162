import JSONTree
import KubernetesAPI

/// The conditions by which a terminating namespace says what holds it (core/v1
/// NamespaceCondition), in Kubernetes' words.
enum NamespaceConditions {
  private struct Finding {
    var type: String
    /// Whether something is wrong.
    var isTrue: Bool
    var reason: String
    var message: String
  }

  /// `status.conditions` after an attempt; nil if nothing changes.
  static func updated(
    _ conditions: [JSON], with remaining: RemainingContent, at now: Timestamp
  ) -> [JSON]? {
    var updated = conditions
    for finding in findings(remaining) {
      var condition: JSON = [
        "type": .string(finding.type), "status": finding.isTrue ? "True" : "False",
        "reason": .string(finding.reason), "message": .string(finding.message),
        "lastTransitionTime": .string(now.description),
      ]
      guard let index = updated.firstIndex(where: { $0["type"]?.string == finding.type }) else {
        updated.append(condition)
        continue
      }
      if updated[index]["status"] == condition["status"] {
        condition["lastTransitionTime"] = updated[index]["lastTransitionTime"]
      }
      updated[index] = condition
    }
    return updated == conditions ? nil : updated
  }

  private static func findings(_ remaining: RemainingContent) -> [Finding] {
    let objects = remaining.objects.map { "\($0.key) has \($0.value) resource instances" }.sorted()
    let finalizers = remaining.finalizers.map { "\($0.key) in \($0.value) resource instances" }
      .sorted()
    let errors = remaining.errors.sorted()
    return [
      finding(
        "NamespaceDeletionDiscoveryFailure", remaining.discoveryErrors, "DiscoveryFailed",
        "Discovery failed for some groups, \(remaining.discoveryErrors.count) failing: "
          + remaining.discoveryErrors.joined(separator: ", "),
        "ResourcesDiscovered", "All resources successfully discovered"),
      finding(
        "NamespaceDeletionGroupVersionParsingFailure", [], "", "", "ParsedGroupVersions",
        "All legacy kube types successfully parsed"),
      finding(
        "NamespaceDeletionContentFailure", errors, "ContentDeletionFailed",
        "Failed to delete all resource types, \(errors.count) remaining: "
          + errors.joined(separator: ", "),
        "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
      finding(
        "NamespaceContentRemaining", objects, "SomeResourcesRemain",
        "Some resources are remaining: " + objects.joined(separator: ", "), "ContentRemoved",
        "All content successfully removed"),
      finding(
        "NamespaceFinalizersRemaining", finalizers, "SomeFinalizersRemain",
        "Some content in the namespace has finalizers remaining: "
          + finalizers.joined(separator: ", "),
        "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
    ]
  }

  private static func finding(
    _ type: String, _ problems: [String], _ reason: String, _ message: String,
    _ goodReason: String, _ goodMessage: String
  ) -> Finding {
    problems.isEmpty
      ? Finding(type: type, isTrue: false, reason: goodReason, message: goodMessage)
      : Finding(type: type, isTrue: true, reason: reason, message: message)
  }
}
