package import JSONTree
package import KubernetesAPI
package import KubernetesClient

/// Writes what a workload's controller decides, notes it, and tells it in events.
package struct PodWriter: Sendable {
  let client: KubernetesClient
  let events: EventRecorder
  /// Where Pods that were written are noted; nil if nobody asks.
  let ownWrites: OwnWrites?
  /// The component events come from.
  let source: String

  package init(
    client: KubernetesClient, events: EventRecorder, ownWrites: OwnWrites?, source: String
  ) {
    self.client = client
    self.events = events
    self.ownWrites = ownWrites
    self.source = source
  }

  /// - Returns: false where the Pod's namespace is on its way out and nothing can be made any more.
  @discardableResult
  package func create(_ pod: JSON, for owner: some Workload) async throws -> Bool {
    do {
      let json = try await client.create(
        Pod.resource, namespace: owner.metadata.namespace, pod)
      let made = Pod(json: json)
      ownWrites?.wrote(owner.key, made)
      events.note(
        owner, source: source, reason: "SuccessfulCreate",
        "Created pod: \(made.metadata.name)")
      return true
    } catch let status as APIStatus {
      if status.isNamespaceTerminating { return false }
      events.warn(
        owner, source: source, reason: "FailedCreate", "Error creating: \(status.message)")
      throw status
    }
  }

  /// Deletes a Pod; one that is gone already is no failure.
  package func delete(_ pod: Pod, for owner: some Workload) async throws {
    do {
      try await client.delete(
        Pod.self, pod.key, options: DeleteOptions(uid: pod.metadata.uid))
    } catch let status as APIStatus {
      if status.isNotFound || status.isConflict { return }
      events.warn(
        owner, source: source, reason: "FailedDelete", "Error deleting: \(status.message)")
      throw status
    }
    ownWrites?.deleted(owner.key, uid: pod.metadata.uid)
    events.note(
      owner, source: source, reason: "SuccessfulDelete", "Deleted pod: \(pod.metadata.name)")
  }

  /// Takes in and lets go of objects, as a `Membership` says.
  ///
  /// - Returns: the members with those taken in.
  package func settle<Member: KubernetesObject>(
    _ membership: Membership<Member>, of owner: some Workload
  ) async throws -> [Member] {
    var members = membership.members
    for object in membership.adopted {
      let patch = OwnerPatch.adoption(
        of: object.metadata, by: OwnerReference(controller: owner))
      let taken = try await client.patch(Member.self, object.key, .merge, patch)
      ownWrites?.wrote(owner.key, taken)
      members.append(taken)
    }
    for object in membership.released {
      let patch = OwnerPatch.release(of: object.metadata, from: owner.metadata.uid)
      do {
        let freed = try await client.patch(Member.self, object.key, .merge, patch)
        ownWrites?.wrote(owner.key, freed)
      } catch let status as APIStatus where status.isNotFound {}
    }
    return members
  }

  /// Writes members of a workload's status, unless it says the same already.
  package func writeStatus<Owner: Workload>(
    _ owner: Owner, _ members: JSONObject
  ) async throws {
    guard StatusChange.isNews(members, to: owner.status) else { return }
    do {
      _ = try await client.patchStatus(
        Owner.self, owner.key, .merge,
        ["metadata": ["uid": .string(owner.metadata.uid)], "status": .object(members)])
    } catch let status as APIStatus where status.isNotFound {}
  }
}

/// Compares a status with what it is to become.
package enum StatusChange {
  /// Whether one of the members differs; what is zero or empty counts as absent.
  package static func isNews(_ members: JSONObject, to status: JSON) -> Bool {
    members.contains { !isSame($0.value, status[$0.key] ?? .null) }
  }

  private static func isSame(_ left: JSON, _ right: JSON) -> Bool {
    left == right || (saysNothing(left) && saysNothing(right))
  }

  private static func saysNothing(_ value: JSON) -> Bool {
    switch value {
    case .null: true
    case .bool(let flag): !flag
    case .integer(let number): number == 0
    case .number(let number): number == 0
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    }
  }
}
