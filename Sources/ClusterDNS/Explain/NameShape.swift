import KubernetesAPI

/// What a name below the cluster domain is a name of, by its form alone.
enum NameShape: Equatable {
  /// `service.namespace.svc`
  case service(ObjectKey)
  /// `endpoint.service.namespace.svc`
  case endpoint(String, of: ObjectKey)
  /// `_port._protocol.service.namespace.svc`; the labels without their underscores.
  case port(String, transport: String, of: ObjectKey)
  /// `10-0-0-1.namespace.pod`
  case pod(label: String, namespace: String)
  /// Names above those.
  case namespace(String)
  /// `ns.dns`, `dns-version`, the domain itself and the like.
  case system
  /// Fits nothing the specification has.
  case other(labels: [String])

  /// - Parameter labels: below the cluster domain, in lower case.
  init(labels: [String]) {
    let count = labels.count
    switch labels.last {
    case "svc" where count == 2: self = .namespace(labels[0])
    case "svc" where count == 3:
      self = .service(ObjectKey(namespace: labels[1], name: labels[0]))
    case "svc" where count == 4 && !labels[0].hasPrefix("_"):
      self = .endpoint(labels[0], of: ObjectKey(namespace: labels[2], name: labels[1]))
    case "svc" where count == 5 && labels[0].hasPrefix("_") && labels[1].hasPrefix("_"):
      self = .port(
        String(labels[0].dropFirst()), transport: String(labels[1].dropFirst()),
        of: ObjectKey(namespace: labels[3], name: labels[2]))
    case "pod" where count == 3: self = .pod(label: labels[0], namespace: labels[1])
    case "pod" where count == 2: self = .namespace(labels[0])
    case nil: self = .system
    case "svc" where count == 1, "pod" where count == 1, "dns-version" where count == 1,
      "dns" where count <= 2 && (count == 1 || labels[0] == "ns"):
      self = .system
    default: self = .other(labels: labels)
    }
  }

  /// The namespace whose objects decide about it.
  var namespace: String? {
    switch self {
    case .service(let key), .endpoint(_, let key), .port(_, _, let key): key.namespace
    case .pod(_, let namespace), .namespace(let namespace): namespace
    case .system, .other: nil
    }
  }
}
