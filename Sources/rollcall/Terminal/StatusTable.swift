import KubernetesAPI

/// The table `rollcall up` shows: every Service, its endpoints and its name in DNS.
struct StatusTable: Sendable {
  struct Row: Sendable, Equatable {
    var service: ObjectKey
    var type: String
    var address: String
    var ports: String
    var ready: Int
    var notReady: Int
    var name: String
  }

  private var services: [ObjectKey: Service] = [:]
  private var slices: [ObjectKey: EndpointSlice] = [:]
  private let clusterDomain: String

  init(clusterDomain: String) { self.clusterDomain = clusterDomain }

  mutating func set(_ service: Service) { services[service.key] = service }
  mutating func removeService(_ key: ObjectKey) { services[key] = nil }
  mutating func set(_ slice: EndpointSlice) { slices[slice.key] = slice }
  mutating func removeSlice(_ key: ObjectKey) { slices[key] = nil }

  /// Sorted by namespace and name.
  var rows: [Row] {
    var counts: [ObjectKey: (ready: Set<String>, notReady: Set<String>)] = [:]
    for slice in slices.values {
      guard let key = slice.serviceKey else { continue }
      for endpoint in slice.endpoints {
        // Addresses of a dual-stack Pod count once.
        let identity = endpoint.targetRef?.uid ?? endpoint.addresses.first ?? ""
        if endpoint.isReady {
          counts[key, default: ([], [])].ready.insert(identity)
        } else {
          counts[key, default: ([], [])].notReady.insert(identity)
        }
      }
    }
    return services.values.sorted { $0.key < $1.key }.map { service in
      Row(
        service: service.key, type: service.type.rawValue,
        address: service.type == .externalName
          ? service.externalName : service.clusterIPs.joined(separator: ","),
        ports: service.ports.map { port in
          port.nodePort == 0
            ? "\(port.port)/\(port.transport.rawValue)"
            : "\(port.port):\(port.nodePort)/\(port.transport.rawValue)"
        }.joined(separator: ","),
        ready: counts[service.key]?.ready.count ?? 0,
        notReady: counts[service.key]?.notReady.count ?? 0,
        name: "\(service.metadata.name).\(service.metadata.namespace).svc.\(clusterDomain)")
    }
  }

  /// The table as lines of at most `width` columns; at most `height` of them, the last saying how
  /// many rows are left out.
  func lines(width: Int, height: Int) -> [String] {
    let header = ["NAMESPACE", "SERVICE", "TYPE", "ADDRESS", "PORTS", "READY", "DNS NAME"]
    let body = rows.map { row in
      [
        row.service.namespace, row.service.name, row.type,
        row.address.isEmpty ? "<none>" : row.address, row.ports.isEmpty ? "<none>" : row.ports,
        "\(row.ready)/\(row.ready + row.notReady)", row.name,
      ]
    }
    let shown = body.count + 1 > height ? Array(body.prefix(max(0, height - 2))) : body
    let widths = header.indices.map { column in
      ([header] + shown).map { $0[column].count }.max() ?? 0
    }
    var lines = ([header] + shown).map { cells in
      let padded = zip(cells, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      let line = padded.joined(separator: "   ")
      return String(line.prefix(max(1, width))).trimmingTrailingSpaces
    }
    if shown.count < body.count { lines.append("… and \(body.count - shown.count) more") }
    return lines
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    var trimmed = self[...]
    while trimmed.last == " " { trimmed.removeLast() }
    return String(trimmed)
  }
}
