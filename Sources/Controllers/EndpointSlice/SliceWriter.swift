import KubernetesAPI
import KubernetesClient

/// Writes slices, in order, and notes what was written.
struct SliceWriter {
  let client: KubernetesClient
  let ownWrites: OwnWrites

  /// - Parameter key: what the writes belong to.
  ///
  /// Throws what the first failing write throws; those before it are done.
  func perform(_ writes: [SliceWrite], for key: ObjectKey) async throws {
    // Of slices written twice in one go, which only the server knows.
    var versions: [String: String] = [:]
    for write in writes {
      switch write {
      case .create(let slice):
        do {
          ownWrites.wrote(key, try await client.create(slice))
        } catch let status as APIStatus where status.isNamespaceTerminating {
          return  // Everything in there is going; nothing can be made any more.
        }
      case .update(var slice):
        if let version = versions[slice.metadata.name] { slice.metadata.resourceVersion = version }
        let written = try await client.update(slice)
        versions[written.metadata.name] = written.metadata.resourceVersion
        ownWrites.wrote(key, written)
      case .delete(let slice):
        do {
          try await client.delete(
            EndpointSlice.self, slice.key, options: DeleteOptions(uid: slice.metadata.uid))
          ownWrites.deleted(key, uid: slice.metadata.uid)
        } catch let status as APIStatus where status.isNotFound {}
      }
    }
  }
}

extension APIStatus {
  /// Whether a create was refused because its namespace is on its way out.
  var isNamespaceTerminating: Bool {
    details?.causes.contains { $0.reason == "NamespaceTerminating" } ?? false
  }
}
