import KubernetesAPI
import Netlink

/// An element with the set it is in.
struct PlacedElement: Sendable, Hashable {
  struct Place: Sendable, Hashable {
    var family: IPAddress.Family
    var set: ProxySet
    var key: [UInt8]
  }

  var place: Place
  var keyEnd: [UInt8]?
  var value: SetElement.Value

  init(
    _ family: IPAddress.Family, _ set: ProxySet, _ key: [UInt8], end: [UInt8]? = nil,
    _ value: SetElement.Value = .member
  ) {
    place = Place(family: family, set: set, key: key)
    keyEnd = end
    self.value = value
  }

  var element: SetElement { SetElement(place.key, end: keyEnd, value: value) }
}

extension ProxySet {
  /// Sets whose elements several frontends may need.
  var isShared: Bool { self == .clusterAddresses || self == .backends || self == .hairpins }
}

extension FrontendRule {
  /// What the tables hold for a frontend.
  func forEachElement(_ body: (PlacedElement) -> Void) {
    let family = frontend.family
    let isNodePort = frontend.address == nil
    let key = SetKey.frontend(frontend)
    if isNodePort {
      body(PlacedElement(family, .knownNodePorts, key))
    } else if isExternal {
      body(PlacedElement(family, .externals, key))
    } else {
      body(PlacedElement(family, .clusterAddresses, Array(key.dropLast(8))))
    }
    if let allowedSources {
      body(PlacedElement(family, .guarded, key))
      for range in allowedSources {
        var low = key
        var high = key
        SetKey.append(range.network, to: &low)
        SetKey.append(range.lastAddress, to: &high)
        body(PlacedElement(family, .admitted, low, end: high))
      }
    }
    let unserved = isNodePort ? ProxySet.unservedNodePorts : .unserved
    switch treatment {
    case .reject:
      body(PlacedElement(family, unserved, key, .verdict(.goto(TableLayout.reject))))
    case .drop: body(PlacedElement(family, unserved, key, .verdict(.drop)))
    case .route(let route):
      let chain = PickChain(route, isNodePort: isNodePort)
      body(
        PlacedElement(
          family, isNodePort ? .nodePorts : .services, key, .verdict(.goto(chain.name))))
      if let seconds = route.affinity {
        body(
          PlacedElement(
            family, isNodePort ? .stickyNodePorts : .sticky, key,
            .verdict(.goto(LearnChain.name(seconds: seconds)))))
      }
      if route.backends.isEmpty { body(PlacedElement(family, unserved, key, .verdict(.drop))) }
      elements(of: route.backends, inside: false, route, key, body)
      elements(of: route.inside, inside: true, route, key, body)
    }
  }

  private func elements(
    of backends: [Backend], inside: Bool, _ route: Route, _ key: [UInt8],
    _ body: (PlacedElement) -> Void
  ) {
    let family = frontend.family
    let isNodePort = frontend.address == nil
    let map = ProxySet.endpoints(isNodePort: isNodePort, inside: inside)
    for (slot, backend) in backends.enumerated() {
      let value = SetKey.backend(backend)
      var slotKey = key
      SetKey.append(slot: slot, to: &slotKey)
      body(PlacedElement(family, map, slotKey, .backend(value)))
      var shared: [UInt8] = []
      shared.reserveCapacity(24)
      SetKey.append(backend.address, to: &shared)
      if backend.isNear {
        body(PlacedElement(family, .hairpins, shared + shared))
      }
      SetKey.append(frontend.transport, to: &shared)
      SetKey.append(port: backend.port, to: &shared)
      body(PlacedElement(family, .backends, shared))
    }
  }
}

extension CIDR {
  /// The highest address of the range.
  var lastAddress: IPAddress {
    switch network {
    case .v4(let value):
      .v4(prefixLength == 0 ? .max : value | ~(UInt32.max << (32 - UInt32(prefixLength))))
    case .v6(let high, let low):
      .v6(
        high: prefixLength >= 64 ? high : prefixLength == 0 ? .max : high | .max >> prefixLength,
        low: prefixLength == 128
          ? low : prefixLength <= 64 ? .max : low | .max >> (prefixLength - 64))
    }
  }
}
