import KubernetesAPI

// Which Pods are behind a Service, and which nearly are.
extension Explainer {
  /// A verdict with what it is about.
  struct Verdict {
    var isIn: Bool
    var reason: String
    /// Nil where there is nothing wrong.
    var code: Explanation.Code?
  }

  /// Adds the verdict on each Pod the Service selects or nearly selects, and what follows for the
  /// Service's own name.
  func explainEndpoints(
    of service: Service, _ slices: [EndpointSlice], _ candidate: inout Explanation.Candidate
  ) {
    let key = service.key
    guard let selector = service.selector else {
      if candidate.outcome == .noName {
        candidate.findings.append(
          Finding(
            code: .noSelector,
            message: "Service \(key) has no selector, and no EndpointSlice with the label "
              + "\(EndpointSlice.serviceNameLabel)=\(key.name) has a ready endpoint"))
      }
      return
    }
    if service.publishesNotReadyAddresses {
      candidate.findings.append(
        Finding(
          code: .publishesNotReady,
          message: service.publishNotReadyAddresses
            ? "publishNotReadyAddresses is set: readiness does not matter"
            : "the annotation \(Service.tolerateUnreadyAnnotation) is set: readiness does not "
              + "matter"))
    }
    let pods = view.pods(in: key.namespace)
    let selected = pods.filter { Self.matches($0, selector) }
    var codes: [(Explanation.Code, String)] = []
    for pod in selected {
      let verdict = verdict(pod, service, slices)
      candidate.pods.append(
        Explanation.PodVerdict(key: pod.key, isIn: verdict.isIn, reason: verdict.reason))
      if !verdict.isIn, let code = verdict.code {
        codes.append((code, "Pod \(pod.key): \(verdict.reason)"))
      }
    }
    if candidate.outcome != .answer {
      candidate.findings += codes.map { Finding(code: $0.0, message: $0.1) }
    }
    let text = selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      .joined(separator: ",")
    if selected.isEmpty {
      candidate.findings.append(
        Finding(
          code: .noSelectedPods,
          message: "no Pod in \(key.namespace) has the labels Service \(key.name) selects: \(text)")
      )
    }
    for pod in pods where !Self.matches(pod, selector) {
      guard let difference = Self.difference(pod, selector, key.name) else { continue }
      candidate.pods.append(
        Explanation.PodVerdict(key: pod.key, isIn: false, reason: difference))
      if selected.isEmpty {
        candidate.findings.append(
          Finding(code: .labelDiffers, message: "Pod \(pod.key): \(difference)"))
      }
    }
  }

  static func matches(_ pod: ExplainedPod, _ selector: [String: String]) -> Bool {
    selector.allSatisfy { pod.metadata.labels[$0.key] == $0.value }
  }

  /// How a Pod's labels differ from a selector they nearly match; nil if they do not.
  private static func difference(
    _ pod: ExplainedPod, _ selector: [String: String], _ serviceName: String
  ) -> String? {
    let labels = pod.metadata.labels
    let missed = selector.filter { labels[$0.key] != $0.value }.sorted { $0.key < $1.key }
    guard let first = missed.first else { return nil }
    let looksMeant =
      missed.count < selector.count || pod.pod.subdomain == serviceName
      || labels[first.key].map { NearMiss.isNear($0, first.value) } == true
      || labels.contains { $0.value == first.value && NearMiss.isNear($0.key, first.key) }
    guard missed.count == 1 || pod.pod.subdomain == serviceName, looksMeant else { return nil }
    return missed.map { key, value in
      if let has = labels[key] { return "label \(key) is \(has), selected is \(value)" }
      let near = labels.first { $0.value == value && NearMiss.isNear($0.key, key) }
      return "label \(key) is missing, selected is \(value)"
        + (near.map { "; it has \($0.key)=\($0.value)" } ?? "")
    }.joined(separator: "; ")
  }

  /// Whether a Pod the Service selects is among its answers, and why.
  func verdict(_ pod: ExplainedPod, _ service: Service, _ slices: [EndpointSlice]) -> Verdict {
    if let selector = service.selector, !Self.matches(pod, selector) {
      let reason =
        Self.difference(pod, selector, service.metadata.name) ?? "its labels are not selected"
      return Verdict(isIn: false, reason: reason, code: .labelDiffers)
    }
    if let why = Self.absence(of: pod) { return why }
    let addresses = Set(pod.pod.podIPs)
    var holder: (slice: EndpointSlice, endpoint: EndpointSlice.Endpoint)?
    for slice in slices {
      for endpoint in slice.endpoints where !addresses.isDisjoint(with: endpoint.addresses) {
        if holder == nil || endpoint.isReady { holder = (slice, endpoint) }
      }
    }
    guard let holder else {
      return Verdict(
        isIn: false,
        reason: "no EndpointSlice has its address "
          + "\(pod.pod.podIPs.joined(separator: ", ")): the controller has not written it yet, or "
          + "does not run", code: .noSlices)
    }
    let place = "EndpointSlice \(holder.slice.metadata.name)"
    if holder.endpoint.isReady || service.publishesNotReadyAddresses {
      return Verdict(
        isIn: true,
        reason: "\(pod.pod.isReady ? "ready" : "not ready, but published"), in \(place)", code: nil)
    }
    if pod.metadata.isBeingDeleted || holder.endpoint.terminating == true {
      return Verdict(
        isIn: false,
        reason: "terminating"
          + (pod.metadata.deletionTimestamp.map { " since \($0)" } ?? ""), code: .terminating)
    }
    return Verdict(isIn: false, reason: Self.unreadiness(of: pod), code: .notReady)
  }

  /// Why a Pod cannot be in any answer, whatever the slices say; nil if it can.
  private static func absence(of pod: ExplainedPod) -> Verdict? {
    if pod.pod.isTerminal {
      return Verdict(
        isIn: false, reason: "it has ended (\(pod.pod.phase.rawValue))", code: .terminated)
    }
    if pod.pod.nodeName.isEmpty, pod.pod.podIPs.isEmpty {
      let condition = pod.conditions.first { $0.type == "PodScheduled" && $0.status != "True" }
      let why = condition.map { $0.message.isEmpty ? $0.reason : "\($0.reason): \($0.message)" }
      return Verdict(
        isIn: false,
        reason: "not scheduled to a node yet" + (why.map { " (\($0))" } ?? ""),
        code: .notScheduled)
    }
    if pod.pod.podIPs.isEmpty {
      return Verdict(
        isIn: false,
        reason: "no address yet (phase \(pod.pod.phase.rawValue)"
          + (pod.waiting.isEmpty ? "" : "; \(pod.waiting.joined(separator: ", "))") + ")",
        code: .noAddress)
    }
    return nil
  }

  private static func unreadiness(of pod: ExplainedPod) -> String {
    guard let condition = pod.unreadyCondition else {
      return "its endpoint is not ready, though the Pod says it is"
    }
    var text = "not ready since "
    text += condition.lastTransitionTime.isEmpty ? "its start" : condition.lastTransitionTime
    text += ": condition \(condition.type) is \(condition.status)"
    if !condition.reason.isEmpty { text += " (\(condition.reason))" }
    if !pod.waiting.isEmpty { text += "; \(pod.waiting.joined(separator: ", "))" }
    return text
  }
}
