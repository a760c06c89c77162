/// In which order the upstreams of a group are tried.
struct UpstreamOrder: Sendable {
  let policy: ForwardingConfiguration.Policy
  private var next = 0

  init(_ policy: ForwardingConfiguration.Policy) { self.policy = policy }

  /// The upstreams that are up, in the order of the policy, then those that are down: they are
  /// better than no answer. None of those whose questions come back.
  mutating func order(
    _ health: [UpstreamHealth], random: inout some RandomNumberGenerator
  ) -> [Int] {
    var numbers = Array(health.indices)
    switch policy {
    case .sequential: break
    case .random: numbers.shuffle(using: &random)
    case .roundRobin:
      guard !numbers.isEmpty else { break }
      next = (next + 1) % numbers.count
      numbers = Array(numbers[next...] + numbers[..<next])
    }
    numbers.removeAll { health[$0].isLooping }
    return numbers.filter { health[$0].isUp } + numbers.filter { !health[$0].isUp }
  }
}
