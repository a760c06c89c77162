import DNSMessage
import KubernetesAPI

/// What dashed names of Pods are answered with: `10-0-0-1.default.pod.<domain>`.
package enum PodRecords: String, Sendable, CaseIterable {
  /// There are none.
  case disabled
  /// Every address spelled below an existing namespace, whether a Pod has it or not. kubeadm's
  /// default, for compatibility with kube-dns; a name proves nothing.
  case insecure
  /// The addresses of the namespace's Pods, all of each Pod.
  case verified
}

/// The names of namespaces, and of their Pods by address.
struct NamespaceNames {
  private let ttl: UInt32
  private let mode: PodRecords
  private let services: DomainName?
  private let pods: DomainName?

  init(_ configuration: ZoneConfiguration) {
    ttl = configuration.ttl
    mode = configuration.pods
    services = configuration.domain.prepending("svc")
    pods = configuration.domain.prepending("pod")
  }

  /// The names of a namespace, which hold nothing themselves.
  func blob(namespace: String) -> AnswerBlob? {
    guard let service = services?.prepending(namespace) else { return nil }
    var builder = AnswerBlobBuilder(ttl: ttl)
    builder.add(service.lowercasedWire)
    if mode != .disabled, let pod = pods?.prepending(namespace) {
      builder.add(
        pod.lowercasedWire, flags: mode == .insecure ? IndexNode.Flag.hasAnyPod : 0)
    }
    return builder.makeBlob()
  }

  /// The name of one address of a namespace's Pods.
  func blob(address: IPAddress, namespace: String) -> AnswerBlob? {
    let label = ServiceNames.label(address: address)
    guard let name = pods?.prepending(label, namespace) else { return nil }
    var builder = AnswerBlobBuilder(ttl: ttl)
    builder.add(name.lowercasedWire, ServiceNames.recordSets([address]))
    return builder.makeBlob()
  }
}
