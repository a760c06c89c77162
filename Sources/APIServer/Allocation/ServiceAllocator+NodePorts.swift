import JSONTree
import KubernetesAPI

extension ServiceAllocator {
  private static let portsPath = FieldPath("spec").child("ports")

  /// Node ports for a new Service. Ports of one number among different protocols share a node
  /// port, the one asked for by any of them.
  func allocateNodePorts(
    _ service: inout ServiceFields, in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    guard service.mayHaveNodePorts else { return }
    var byPort: [Int64: Int64] = [:]
    for (index, port) in service.ports.enumerated() {
      let wanted = port.number("nodePort")
      if wanted == 0, !service.getsNodePorts { continue }
      let number = port.number("port")
      if let shared = byPort[number] {
        if wanted == 0 {
          service.setNodePort(shared, at: index)
        } else if wanted != shared {
          try await take(wanted, of: service, at: index, in: &plan)
        }
        continue
      }
      let asked = service.ports.first {
        $0.number("port") == number && $0.number("nodePort") != 0
      }
      let nodePort: Int64
      if let asked = asked?.number("nodePort") {
        try await take(asked, of: service, at: index, in: &plan)
        nodePort = asked
      } else {
        nodePort = try await takeAny(in: &plan)
      }
      service.setNodePort(nodePort, at: index)
      byPort[number] = nodePort
    }
  }

  /// What an update takes and gives up. Numbers the Service has already are not taken again,
  /// whichever of its ports they go to.
  func updateNodePorts(
    _ service: inout ServiceFields, old: ServiceFields, in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    let had = old.mayHaveNodePorts ? old.nodePorts.filter { $0 > 0 } : []
    if service.mayHaveNodePorts {
      try await allocateChanged(&service, had: had, in: &plan)
    }
    if !old.needsHealthCheckNodePort, service.needsHealthCheckNodePort {
      try await allocateHealthCheckNodePort(&service, in: &plan)
    }
    let kept = Set(service.allocatedNodePorts)
    for number in old.allocatedNodePorts where !kept.contains(number) {
      plan.release(.nodePort(UInt64(number)))
    }
  }

  private func allocateChanged(
    _ service: inout ServiceFields, had: [Int64], in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    struct Binding: Hashable {
      var transport: String
      var number: Int64
    }
    var seen: Set<Binding> = []
    for (index, port) in service.ports.enumerated() {
      var number = port.number("nodePort")
      if number == 0 {
        guard service.getsNodePorts else { continue }
        number = try await takeAny(in: &plan)
        service.setNodePort(number, at: index)
      } else if !had.contains(number), !plan.takes(.nodePort(UInt64(clamping: number))) {
        try await take(number, of: service, at: index, in: &plan)
      }
      let binding = Binding(transport: port.text("protocol"), number: number)
      if !seen.insert(binding).inserted {
        // Kubernetes has no better words for this, nor a reason.
        throw APIStatus(
          code: 500, reason: .unknown,
          message: "duplicate nodePort: {\(binding.transport) \(number)}")
      }
    }
  }

  func allocateHealthCheckNodePort(
    _ service: inout ServiceFields, in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    let wanted = service.healthCheckNodePort
    if wanted != 0 {
      if let problem = try await take(wanted, in: &plan) {
        throw .internalError(
          "failed to allocate requested HealthCheck NodePort \(wanted): \(problem)")
      }
    } else if let port = try await takeNodePort() {
      plan.take(.nodePort(port))
      service.healthCheckNodePort = Int64(port)
    } else {
      throw .internalError("failed to allocate a HealthCheck NodePort 0: range is full")
    }
  }

  private func takeAny(in plan: inout AllocationPlan) async throws(APIStatus) -> Int64 {
    guard let port = try await takeNodePort() else {
      throw .internalError("failed to allocate a nodePort: range is full")
    }
    plan.take(.nodePort(port))
    return Int64(port)
  }

  private func take(
    _ number: Int64, of service: ServiceFields, at index: Int, in plan: inout AllocationPlan
  ) async throws(APIStatus) {
    guard let problem = try await take(number, in: &plan) else { return }
    throw .invalid(
      Service.resource, name: service.name,
      [.invalid(Self.portsPath.index(index).child("nodePort"), .integer(number), problem)])
  }

  /// Takes the port a client asked for.
  ///
  /// - Returns: why it cannot be had, nil where it can.
  private func take(
    _ number: Int64, in plan: inout AllocationPlan
  ) async throws(APIStatus) -> String? {
    guard let port = UInt64(exactly: number), network.nodePorts.bands.contains(port) else {
      return "provided port is not in the valid range. The range of valid ports is "
        + network.nodePorts.description
    }
    let key = AllocationKey.nodePort(port)
    let isTaken = plan.takes(key) ? true : try await isTaken(key)
    if isTaken { return "provided port is already allocated" }
    plan.take(key)
    return nil
  }
}
