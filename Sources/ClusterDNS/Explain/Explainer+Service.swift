import DNSMessage
import KubernetesAPI

// Names of Services.
extension Explainer {
  func source(_ service: Service) -> Explanation.Source {
    Explanation.Source(
      kind: "Service", key: service.key, resourceVersion: service.metadata.resourceVersion)
  }

  func source(_ slice: EndpointSlice) -> Explanation.Source {
    Explanation.Source(
      kind: "EndpointSlice", key: slice.key, resourceVersion: slice.metadata.resourceVersion)
  }

  func explainService(
    _ key: ObjectKey, _ type: RecordType, _ answer: Message,
    _ candidate: inout Explanation.Candidate
  ) {
    guard let service = view.service(key) else {
      candidate.findings += noService(key)
      return
    }
    candidate.sources.append(source(service))
    switch ServiceRecord(service).kind {
    case .external(let target): explainAlias(service, target, type, answer, &candidate)
    case .pending:
      candidate.findings.append(
        Finding(code: .noClusterIP, message: "Service \(key) has no cluster IP yet"))
    case .cluster(let addresses):
      if candidate.outcome == .noData {
        candidate.findings.append(
          family(missing: type, of: addresses, "Service \(key)") ?? otherType(type))
      }
    case .headless:
      let slices = view.slices(of: key)
      candidate.sources += slices.map(source)
      explainEndpoints(of: service, slices, &candidate)
      if candidate.outcome == .noData {
        let addresses = slices.compactMap { SliceRecord($0) }.flatMap(\.endpoints).map(\.address)
        candidate.findings.append(
          family(missing: type, of: addresses, "Service \(key)") ?? otherType(type))
      }
    }
  }

  /// Why there is no such Service, as far as can be told.
  func noService(_ key: ObjectKey) -> [Finding] {
    let here = view.services.filter { $0.metadata.namespace == key.namespace }
    var findings = [Finding(code: .noService, message: "there is no Service \(key)")]
    for set in view.statefulSets(in: key.namespace) where set.metadata.name == key.name {
      if set.serviceName != key.name, !set.serviceName.isEmpty {
        findings.append(
          Finding(
            code: .statefulSetServiceName,
            message: "StatefulSet \(set.key) says serviceName \(set.serviceName): its Pods have "
              + "their names below \(set.serviceName), not \(key.name)"))
      }
    }
    for set in view.statefulSets(in: key.namespace) where set.serviceName == key.name {
      let near = NearMiss.of(key.name, in: here.map(\.metadata.name))
      findings.append(
        Finding(
          code: .statefulSetServiceName,
          message: "StatefulSet \(set.key) says serviceName \(key.name)"
            + (near.first.map { "; the Service is \($0)" } ?? ", which is not there")))
    }
    let near = NearMiss.of(key.name, in: here.map(\.metadata.name))
    if !near.isEmpty {
      findings.append(
        Finding(
          code: .similarName,
          message: "namespace \(key.namespace) has Services of similar names: "
            + near.joined(separator: ", ")))
    }
    let elsewhere = view.services.filter {
      $0.metadata.name == key.name && $0.metadata.namespace != key.namespace
    }.map(\.metadata.namespace).sorted()
    if !elsewhere.isEmpty {
      findings.append(
        Finding(
          code: .otherNamespace,
          message: "a Service \(key.name) is in namespace "
            + elsewhere.prefix(3).joined(separator: ", ")
            + "; from \(key.namespace) it is \(key.name).\(elsewhere[0])"))
    }
    return findings
  }

  private func explainAlias(
    _ service: Service, _ target: String, _ type: RecordType, _ answer: Message,
    _ candidate: inout Explanation.Candidate
  ) {
    if let address = IPAddress(target) {
      candidate.findings.append(
        Finding(
          code: .externalNameIsAddress,
          message: "externalName \(target) is an address, not a name: it is answered as "
            + "\(address.family == .v4 ? "an A" : "an AAAA") record only here; elsewhere it would "
            + "be looked up as a name and fail"))
      return
    }
    guard let name = DomainName(target), name != .root else {
      candidate.findings.append(
        Finding(
          code: .externalNameInvalid, message: "externalName \"\(target)\" is no domain name"))
      return
    }
    candidate.findings.append(
      Finding(code: .alias, message: "an alias (ExternalName) of \(name)"))
    guard name.isWithin(view.zone.domain) else {
      candidate.findings.append(
        Finding(
          code: .outside,
          message: "\(name) is not of \(domain): whether it resolves, the servers upstream decide"))
      return
    }
    if answer.responseCode == .nameError {
      candidate.findings.append(
        Finding(
          code: .externalNameDangling, message: "\(name) is of \(domain) and does not exist"))
      if case .service(let key) = shape(of: name), view.service(key) == nil {
        candidate.findings += noService(key)
      }
    } else if candidate.outcome == .noData {
      candidate.findings.append(otherType(type))
    }
  }

  /// The finding that an object has addresses, but none of the family asked for.
  func family(missing type: RecordType, of addresses: [IPAddress], _ what: String) -> Finding? {
    let wanted: IPAddress.Family
    switch type {
    case .a: wanted = .v4
    case .aaaa: wanted = .v6
    default: return nil
    }
    guard !addresses.isEmpty, !addresses.contains(where: { $0.family == wanted }) else {
      return nil
    }
    return Finding(
      code: .otherFamily,
      message: "\(what) has no \(wanted.rawValue) address: ipFamilies has only the other family")
  }
}
