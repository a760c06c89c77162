package import KubernetesAPI

/// Who may use a frontend that several Services claim: cluster IPs before external addresses, then
/// the oldest Service, then by name. The same on every node and after every restart.
package struct FrontendClaims: Sendable {
  package struct Claim: Sendable, Equatable, Comparable {
    package var isExternal: Bool
    /// Seconds and nanoseconds; objects without a time come last.
    package var created: Timestamp?
    package var service: ObjectKey

    package static func < (left: Claim, right: Claim) -> Bool {
      if left.isExternal != right.isExternal { return !left.isExternal }
      if left.created != right.created {
        guard let first = left.created else { return false }
        guard let second = right.created else { return true }
        return (first.seconds, first.nanoseconds) < (second.seconds, second.nanoseconds)
      }
      return left.service < right.service
    }
  }

  /// A frontend one Service lost to another.
  package struct Loss: Sendable, Hashable {
    package var frontend: Frontend
    package var winner: ObjectKey
  }

  /// In order; the first wins.
  private var claims: [Frontend: [Claim]] = [:]

  package init() {}

  /// Puts a Service's claims in place of those it had.
  ///
  /// - Returns: the other Services whose frontends may now be theirs, or no longer.
  package mutating func replace(
    _ old: Set<Frontend>, by new: Set<Frontend>, external: Set<Frontend>, created: Timestamp?,
    of service: ObjectKey
  ) -> Set<ObjectKey> {
    var touched: Set<ObjectKey> = []
    for frontend in old.subtracting(new) {
      claims[frontend]?.removeAll { $0.service == service }
      if let rest = claims[frontend] {
        touched.formUnion(rest.map(\.service))
        if rest.isEmpty { claims[frontend] = nil }
      }
    }
    for frontend in new {
      let claim = Claim(
        isExternal: external.contains(frontend), created: created, service: service)
      var list = claims[frontend] ?? []
      if list == [claim] { continue }
      let before = list
      list.removeAll { $0.service == service }
      touched.formUnion(list.map(\.service))
      list.append(claim)
      list.sort()
      if list != before { claims[frontend] = list }
    }
    touched.remove(service)
    return touched
  }

  package func winner(_ frontend: Frontend) -> ObjectKey? { claims[frontend]?.first?.service }
}
