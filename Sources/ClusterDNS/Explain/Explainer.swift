package import DNSMessage
package import KubernetesAPI

/// Finds out why a name resolves or does not, from objects alone: no clock, no network.
package struct Explainer {
  typealias Finding = Explanation.Finding

  let view: ExplainView
  /// Without the final dot, in lower case.
  let domain: String

  package init(_ view: ExplainView) {
    self.view = view
    domain = String(view.zone.domain.description.lowercased().dropLast())
  }

  /// - Parameters:
  ///   - name: as a program would pass it to its resolver.
  ///   - asker: the Pod that asks; nil for some Pod of `namespace`.
  ///   - namespace: of the Pod that asks, where none is named.
  package func explain(
    _ name: String, _ type: RecordType, from asker: ObjectKey? = nil,
    namespace: String = "default"
  ) -> Explanation {
    var explanation = Explanation(
      name: name, type: "\(type)", asker: "a Pod in \(namespace)", notes: [], candidates: [],
      viewAge: view.age)
    let path = searchPath(asker, namespace: namespace, &explanation)
    var probe = ZoneProbe(view)
    var isAnswered = false
    for text in path.candidates(for: name) {
      var candidate = candidate(text, type, &probe)
      candidate.isTried = !isAnswered
      if candidate.outcome == .answer { isAnswered = true }
      explanation.candidates.append(candidate)
    }
    if !isAnswered {
      addCompletions(of: name, type, path, &probe, &explanation)
    }
    return explanation
  }

  /// How the asker's resolver completes names; says in the explanation where that comes from.
  private func searchPath(
    _ asker: ObjectKey?, namespace: String, _ explanation: inout Explanation
  ) -> SearchPath {
    guard let asker else {
      let path = SearchPath.clusterFirst(namespace: namespace, domain: domain)
      explanation.notes.append(
        Finding(
          code: .searchPath,
          message: "search path of a Pod in \(namespace): \(path.domains.joined(separator: " "))"))
      return path
    }
    explanation.asker = "Pod \(asker)"
    guard let pod = view.pods.first(where: { $0.key == asker }) else {
      explanation.notes.append(
        Finding(
          code: .searchPath,
          message: "there is no Pod \(asker); taken is the search path of its namespace"))
      return SearchPath.clusterFirst(namespace: asker.namespace, domain: domain)
    }
    let path = SearchPath.of(pod, domain: domain)
    if !pod.asksCluster {
      let why =
        pod.dnsPolicy == "ClusterFirst"
        ? "it runs on the node's network with dnsPolicy ClusterFirst, which then means Default "
          + "(ClusterFirstWithHostNet would ask the cluster)"
        : "its dnsPolicy is \(pod.dnsPolicy)"
      explanation.notes.append(
        Finding(
          code: .dnsPolicy,
          message: "Pod \(asker) does not ask the cluster's DNS server by itself: \(why)"))
    }
    let shown = path.domains.isEmpty ? "empty" : path.domains.joined(separator: " ")
    explanation.notes.append(
      Finding(code: .searchPath, message: "search path: \(shown); ndots \(path.ndots)"))
    return path
  }

  // MARK: One name

  private func candidate(
    _ text: String, _ type: RecordType, _ probe: inout ZoneProbe
  ) -> Explanation.Candidate {
    var candidate = Explanation.Candidate(name: text + ".", outcome: .invalid, isTried: true)
    guard let name = DomainName(text), name != .root else {
      candidate.findings = invalidName(text)
      return candidate
    }
    guard name.isWithin(view.zone.domain) else {
      candidate.outcome = .outside
      candidate.findings = [
        Finding(
          code: .outside,
          message: "not of \(domain): the servers upstream are asked")
      ]
      return candidate
    }
    guard let answer = probe.ask(name, type) else { return candidate }
    candidate.responseCode = "\(answer.responseCode)"
    candidate.records = answer.answers.map(\.presentation)
    let isAlias =
      type != .cname && type != .any && answer.answers.last.map { $0.type == .cname } == true
    if answer.responseCode == .nameError {
      candidate.outcome = .noName
    } else if answer.answers.isEmpty {
      candidate.outcome = .noData
    } else {
      candidate.outcome = .answer
    }
    if isAlias, candidate.outcome == .answer, answer.authority.isEmpty == false {
      candidate.outcome = .noData
    }
    explain(shape(of: name), type, answer, &candidate)
    return candidate
  }

  /// The form of a name of the zone.
  func shape(of name: DomainName) -> NameShape {
    let labels = name.description.lowercased().dropLast().split(separator: ".").map(String.init)
    return NameShape(labels: Array(labels.dropLast(domain.split(separator: ".").count)))
  }

  private func invalidName(_ text: String) -> [Finding] {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    if let long = labels.first(where: { $0.utf8.count > MessageLimits.label }) {
      return [
        Finding(
          code: .labelTooLong,
          message: "the label \(long.prefix(20))… has \(long.utf8.count) bytes; DNS allows "
            + "\(MessageLimits.label), and a Pod's hostname is cut to that")
      ]
    }
    if labels.contains(where: \.isEmpty) {
      return [Finding(code: .labelTooLong, message: "a label of the name is empty")]
    }
    return [
      Finding(
        code: .labelTooLong,
        message: "the name has more than \(MessageLimits.name) bytes in DNS")
    ]
  }

  private func explain(
    _ shape: NameShape, _ type: RecordType, _ answer: Message,
    _ candidate: inout Explanation.Candidate
  ) {
    if case .namespace = shape, candidate.outcome == .noName { return }
    if let namespace = shape.namespace, !view.hasNamespace(namespace) {
      let near = NearMiss.of(namespace, in: view.namespaces ?? [])
      candidate.findings.append(
        Finding(
          code: .noNamespace,
          message: "there is no namespace \(namespace)" + Self.suggestion(near)))
      return
    }
    switch shape {
    case .service(let key): explainService(key, type, answer, &candidate)
    case .endpoint(let label, let key): explainEndpoint(label, key, type, &candidate)
    case .port(let port, let transport, let key):
      explainPort(port, transport, key, type, &candidate)
    case .pod(let label, let namespace): explainPod(label, namespace, type, &candidate)
    case .other(let labels): explainOther(labels, &candidate)
    case .namespace, .system:
      if candidate.outcome == .noData {
        candidate.findings.append(otherType(type))
      }
    }
  }

  static func suggestion(_ names: [String]) -> String {
    names.isEmpty ? "" : "; near: " + names.joined(separator: ", ")
  }

  func otherType(_ type: RecordType) -> Finding {
    Finding(code: .otherType, message: "the name exists, but has no \(type) record")
  }

  // MARK: Names that were perhaps meant

  private func explainOther(_ labels: [String], _ candidate: inout Explanation.Candidate) {
    guard candidate.outcome == .noName, labels.count >= 2 else { return }
    let key = ObjectKey(namespace: labels[labels.count - 1], name: labels[labels.count - 2])
    if view.service(key) != nil {
      let full = labels.joined(separator: ".") + ".svc." + domain
      candidate.findings.append(
        Finding(
          code: .missingSvc,
          message: "the label svc is missing: Service \(key) has the name \(full)"))
    }
  }

  /// Says where the name would have been answered if it had been completed otherwise.
  private func addCompletions(
    of name: String, _ type: RecordType, _ path: SearchPath, _ probe: inout ZoneProbe,
    _ explanation: inout Explanation
  ) {
    let isAbsolute = name.hasSuffix(".")
    let bare = isAbsolute ? String(name.dropLast()) : name
    let tried = Set(explanation.candidates.map(\.name))
    let namespace = path.domains.first?.split(separator: ".").first.map(String.init) ?? "default"
    let domains = SearchPath.clusterFirst(namespace: namespace, domain: domain).domains
    for suffix in domains where !tried.contains("\(bare).\(suffix).") {
      guard let full = DomainName("\(bare).\(suffix)"), let answer = probe.ask(full, type),
        answer.responseCode == .noError, !answer.answers.isEmpty
      else { continue }
      explanation.notes.append(
        isAbsolute
          ? Finding(
            code: .trailingDot,
            message: "the dot at the end makes the name absolute, so that no search path is used; "
              + "\(full) is answered")
          : Finding(
            code: .searchPathTooShort,
            message: "\(full) is answered, but \(suffix) is not in the search path"))
      return
    }
  }
}
