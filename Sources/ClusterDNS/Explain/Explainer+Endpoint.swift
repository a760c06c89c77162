import DNSMessage
import KubernetesAPI

// Names below Services, and of Pods.
extension Explainer {
  func explainEndpoint(
    _ label: String, _ key: ObjectKey, _ type: RecordType,
    _ candidate: inout Explanation.Candidate
  ) {
    guard let service = view.service(key) else {
      candidate.findings += noService(key)
      candidate.findings += podNamed(label, key)
      return
    }
    candidate.sources.append(source(service))
    let slices = view.slices(of: key)
    let holding = slices.filter { slice in
      slice.endpoints.contains { Self.label(of: $0, slice) == label }
    }
    candidate.sources += holding.map(source)
    if candidate.outcome == .answer { return }
    if candidate.outcome == .noData {
      candidate.findings.append(otherType(type))
      return
    }
    for slice in holding {
      for endpoint in slice.endpoints where Self.label(of: endpoint, slice) == label {
        candidate.findings.append(
          Finding(
            code: endpoint.terminating == true ? .terminating : .notReady,
            message: "EndpointSlice \(slice.key) has the endpoint, "
              + (endpoint.terminating == true ? "which is terminating" : "not ready")))
      }
    }
    candidate.findings += podNamed(label, key)
    for set in view.statefulSets(in: key.namespace)
    where set.expected.claim?.service == key
      && set.expected.claim?.hostnames.contains(label) == true
    {
      candidate.findings.append(
        Finding(
          code: .expected,
          message: "StatefulSet \(set.key) is going to have it (\(set.replicas) replicas): the "
            + "denial may not be kept"))
    }
    let known = Set(slices.flatMap { slice in slice.endpoints.map { Self.label(of: $0, slice) } })
    let near = NearMiss.of(label, in: known)
    if candidate.findings.allSatisfy({ !$0.isCause }) || !near.isEmpty {
      candidate.findings.append(
        Finding(
          code: .noEndpoint,
          message: "Service \(key) has no endpoint \(label)" + Self.suggestion(near)))
    }
  }

  /// The label an endpoint has below its Service.
  static func label(of endpoint: EndpointSlice.Endpoint, _ slice: EndpointSlice) -> String {
    if let hostname = endpoint.hostname, !hostname.isEmpty { return hostname.lowercased() }
    guard let address = endpoint.addresses.first.flatMap({ IPAddress($0) }) else { return "" }
    return ServiceNames.label(address: address)
  }

  /// What the Pod of that name or hostname says about the name below a Service.
  private func podNamed(_ label: String, _ key: ObjectKey) -> [Finding] {
    var findings: [Finding] = []
    for pod in view.pods(in: key.namespace) {
      let name = pod.metadata.name
      let hostname = pod.pod.hostname.isEmpty ? name : pod.pod.hostname
      guard name == label || hostname == label || name.hasPrefix(label) && label.utf8.count == 63
      else { continue }
      if pod.pod.subdomain.isEmpty {
        findings.append(
          Finding(
            code: .noHostname,
            message: "Pod \(pod.key) has no name of its own in DNS: spec.hostname and "
              + "spec.subdomain are not set"
              + (pod.pod.podIPs.first.flatMap { IPAddress($0) }.map {
                "; it is reached as \(ServiceNames.label(address: $0)).\(key.name)"
              } ?? "")))
      } else if pod.pod.subdomain != key.name {
        findings.append(
          Finding(
            code: .wrongSubdomain,
            message: "Pod \(pod.key) says subdomain \(pod.pod.subdomain), not \(key.name): it is "
              + "\(hostname).\(pod.pod.subdomain)"))
        findings += statefulSet(of: pod, notBehind: key)
      } else if name.utf8.count > 63, label.utf8.count == 63 {
        findings.append(
          Finding(
            code: .labelTooLong,
            message: "the name of Pod \(pod.key) has \(name.utf8.count) bytes; its hostname is cut "
              + "to 63"))
      } else if let service = view.service(key) {
        let verdict = verdict(pod, service, view.slices(of: key))
        if !verdict.isIn, let code = verdict.code {
          findings.append(Finding(code: code, message: "Pod \(pod.key): \(verdict.reason)"))
        }
      }
    }
    return findings
  }

  private func statefulSet(of pod: ExplainedPod, notBehind key: ObjectKey) -> [Finding] {
    guard let owner = pod.metadata.controller, owner.kind == "StatefulSet" else { return [] }
    let sets = view.statefulSets(in: key.namespace).filter { $0.metadata.name == owner.name }
    return sets.filter { $0.serviceName != key.name }.map {
      Finding(
        code: .statefulSetServiceName,
        message: "StatefulSet \($0.key) says serviceName \($0.serviceName); the Service asked for "
          + "is \(key.name)")
    }
  }

  // MARK: Ports

  func explainPort(
    _ port: String, _ transport: String, _ key: ObjectKey, _ type: RecordType,
    _ candidate: inout Explanation.Candidate
  ) {
    guard let service = view.service(key) else {
      candidate.findings += noService(key)
      return
    }
    candidate.sources.append(source(service))
    let slices = view.slices(of: key)
    if service.isHeadless { candidate.sources += slices.map(source) }
    if candidate.outcome == .answer { return }
    if candidate.outcome == .noData {
      candidate.findings.append(otherType(type))
      return
    }
    let ports = service.ports
    let named = ports.filter { $0.name == port }
    if let other = named.first, !named.contains(where: { $0.transport.label == transport }) {
      candidate.findings.append(
        Finding(
          code: .otherProtocol,
          message: "port \(port) of Service \(key) is \(other.transport.rawValue): its name is "
            + "_\(port)._\(other.transport.label).\(key.name)"))
    } else if named.isEmpty, ports.contains(where: { $0.name.isEmpty }) {
      candidate.findings.append(
        Finding(
          code: .unnamedPort,
          message: "the port of Service \(key) has no name; only named ports have SRV records"))
    } else if named.isEmpty {
      let names = ports.map { "_\($0.name)._\($0.transport.label)" }
      candidate.findings.append(
        Finding(
          code: .noPort,
          message: "Service \(key) has no port named \(port)"
            + (names.isEmpty ? "" : "; it has \(names.joined(separator: ", "))")))
    } else {
      explainEndpoints(of: service, slices, &candidate)
    }
  }

  // MARK: Pods by address

  func explainPod(
    _ label: String, _ namespace: String, _ type: RecordType,
    _ candidate: inout Explanation.Candidate
  ) {
    switch view.zone.pods {
    case .disabled:
      candidate.findings.append(
        Finding(
          code: .podRecordsDisabled, message: "names of Pods by address are switched off (--pods)"))
    case .insecure, .verified:
      if candidate.outcome == .answer {
        let holders = view.pods(in: namespace).filter { pod in
          pod.pod.podIPs.compactMap { IPAddress($0) }.contains {
            ServiceNames.label(address: $0) == label
          }
        }
        candidate.pods = holders.map {
          Explanation.PodVerdict(key: $0.key, isIn: true, reason: "it has the address")
        }
      } else if candidate.outcome == .noData {
        candidate.findings.append(otherType(type))
      } else {
        candidate.findings.append(
          Finding(
            code: .podAddressUnknown,
            message: "no Pod in \(namespace) has the address \(label) spells"))
      }
    }
  }
}

extension TransportProtocol {
  /// As it stands in names of ports, without the underscore.
  var label: String { rawValue.lowercased() }
}
