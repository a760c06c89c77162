import APIServer

extension KindCatalogue {
  /// The kinds `rollcall` serves, in the order of discovery.
  static func served(network: ServiceNetwork) -> KindCatalogue {
    KindCatalogue([
      NamespaceKind(), NodeKind(), ServiceKind(), EndpointsKind(),
      ConfigMapKind(), SecretKind(), ServiceAccountKind(), CoreEventKind(),
      EndpointSliceKind(), LeaseKind(), EventKind(),
    ])
  }
}
