public import JSONTree

/// Amounts of compute resources, in thousandths of a unit (`cpu`) or whole units (everything else).
public struct ResourceAmounts: Sendable, Hashable {
  public private(set) var amounts: [String: Int64]

  public init(_ amounts: [String: Int64] = [:]) { self.amounts = amounts }

  /// From a map of quantities; what is no quantity is left out.
  public init(json: JSON?) {
    amounts = [:]
    for member in json?.object ?? [:] {
      guard let text = member.value.string, let quantity = try? Quantity(parsing: text) else {
        continue
      }
      amounts[member.key] = member.key == "cpu" ? quantity.milliValue : quantity.value
    }
  }

  /// A map of quantities.
  public var json: JSON {
    .object(
      JSONObject(
        amounts.map { name, amount in
          (name, .string(name == "cpu" ? "\(amount)m" : String(amount)))
        }))
  }

  public subscript(_ name: String) -> Int64 { amounts[name] ?? 0 }

  public var names: [String] { amounts.keys.sorted() }

  public static func + (left: ResourceAmounts, right: ResourceAmounts) -> ResourceAmounts {
    var sum = left
    sum.add(right)
    return sum
  }

  /// Saturates instead of overflowing: amounts come from users.
  public mutating func add(_ other: ResourceAmounts) {
    for (name, amount) in other.amounts {
      let (sum, overflows) = self[name].addingReportingOverflow(amount)
      amounts[name] = overflows ? Int64.max : sum
    }
  }

  /// For each resource the greater amount.
  public func maximum(with other: ResourceAmounts) -> ResourceAmounts {
    ResourceAmounts(amounts.merging(other.amounts) { max($0, $1) })
  }

  /// What a Pod asks for: the sum of its containers and sidecars, or of an init container and the
  /// sidecars before it where that is more; with the overhead (KEP-753).
  public init(podSpec: JSON?) {
    var running = ResourceAmounts()
    var sidecars = ResourceAmounts()
    var starting = ResourceAmounts()
    for container in podSpec?["initContainers"]?.array ?? [] {
      let request = ResourceAmounts(json: container[path: "resources", "requests"])
      if container["restartPolicy"]?.string == "Always" {
        sidecars.add(request)
        starting = starting.maximum(with: sidecars)
      } else {
        starting = starting.maximum(with: sidecars + request)
      }
    }
    for container in podSpec?["containers"]?.array ?? [] {
      running.add(ResourceAmounts(json: container[path: "resources", "requests"]))
    }
    var total = (running + sidecars).maximum(with: starting)
    // What is asked for the Pod as a whole stands instead of the sum.
    for (name, amount) in ResourceAmounts(json: podSpec?[path: "resources", "requests"]).amounts {
      total.amounts[name] = amount
    }
    total.add(ResourceAmounts(json: podSpec?["overhead"]))
    self = total
  }
}
