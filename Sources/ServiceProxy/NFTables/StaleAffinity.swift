package import KubernetesAPI

/// Finds clients that are noted for an endpoint that does not serve them any more.
package enum StaleAffinity {
  /// - Parameters:
  ///   - remembered: elements of the set `affinity`: client and frontend, and the endpoint.
  ///   - rules: what frontends with affinity do now.
  package static func find(
    in remembered: [SetElement], _ rules: [FrontendRule], nodeAddresses: Set<IPAddress>,
    podRanges: [CIDR]
  ) -> [SetElement] {
    var routes: [Frontend: Route] = [:]
    for rule in rules {
      if case .route(let route) = rule.treatment { routes[rule.frontend] = route }
    }
    return remembered.filter { element in
      guard case .backend(let value) = element.value, let backend = SetKey.backend(value),
        let (client, frontend) = parts(element.key)
      else { return false }
      var route = routes[frontend]
      if route == nil, let address = frontend.address, nodeAddresses.contains(address) {
        route =
          routes[
            Frontend(
              nodePort: frontend.port, transport: frontend.transport, family: frontend.family)]
      }
      guard let route else { return false }
      let isInside =
        route.scope == .local && !route.inside.isEmpty
        && (nodeAddresses.contains(client) || podRanges.contains { $0.contains(client) })
      return !(isInside ? route.inside : route.backends).contains {
        $0.address == backend.address && $0.port == backend.port
      }
    }
  }

  /// Client address, frontend address, protocol and port.
  private static func parts(_ key: [UInt8]) -> (IPAddress, Frontend)? {
    guard key.count == 16 || key.count == 40 else { return nil }
    let width = (key.count - 8) / 2
    guard let client = IPAddress(bytes: key[..<width]),
      let address = IPAddress(bytes: key[width..<(2 * width)]),
      let transport = TransportProtocol(number: key[2 * width])
    else { return nil }
    let port = UInt16(key[2 * width + 4]) << 8 | UInt16(key[2 * width + 5])
    return (client, Frontend(address: address, transport: transport, port: port))
  }
}
