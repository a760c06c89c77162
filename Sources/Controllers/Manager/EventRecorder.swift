import JSONTree
package import KubernetesAPI
package import KubernetesClient
package import Logging

/// Writes Event objects about other objects, without making anybody wait for them.
///
/// What is said again about the same object is counted in the Event made first, as client-go does.
package final class EventRecorder: Sendable {
  private struct Note: Sendable {
    var topic: Topic
    var type: String
    var source: String
    var apiVersion: String
    var reference: ObjectReference
    var time: Timestamp
  }

  private struct Topic: Hashable, Sendable {
    var uid: String
    var reason: String
    var message: String
  }

  private struct Known {
    var key: ObjectKey
    var count: Int64
    var lastWritten: Duration
  }

  /// Notes that wait to be written; of more the oldest are dropped.
  private static let bufferSize = 256
  /// How many topics are remembered before all are forgotten.
  private static let memory = 1024
  /// The same thing about the same object is written no more often than this.
  private static let pause = Duration.seconds(5)

  private let client: KubernetesClient
  private let logger: Logger
  private let notes: AsyncStream<Note>
  private let intake: AsyncStream<Note>.Continuation

  package init(client: KubernetesClient, logger: Logger) {
    self.client = client
    self.logger = logger
    (notes, intake) = AsyncStream.makeStream(
      of: Note.self, bufferingPolicy: .bufferingNewest(Self.bufferSize))
  }

  /// Notes a problem with an object.
  ///
  /// - Parameters:
  ///   - source: the component that met it.
  ///   - reason: one word in CamelCase.
  package func warn(
    _ object: some KubernetesObject, source: String, reason: String, _ message: String
  ) {
    record("Warning", object, source: source, reason: reason, message)
  }

  /// Notes what was done with an object, as `warn` notes problems.
  package func note(
    _ object: some KubernetesObject, source: String, reason: String, _ message: String
  ) {
    record("Normal", object, source: source, reason: reason, message)
  }

  private func record(
    _ type: String, _ object: some KubernetesObject, source: String, reason: String,
    _ message: String
  ) {
    let resource = Swift.type(of: object).resource
    let metadata = object.metadata
    intake.yield(
      Note(
        topic: Topic(uid: metadata.uid, reason: reason, message: message), type: type,
        source: source, apiVersion: resource.apiVersion,
        reference: ObjectReference(
          kind: resource.kind, namespace: metadata.namespace, name: metadata.name,
          uid: metadata.uid),
        time: client.time.now()))
  }

  /// Writes what is noted until the task is cancelled.
  package func run() async {
    var known: [Topic: Known] = [:]
    for await note in notes {
      if known.count >= Self.memory { known = [:] }
      do {
        known[note.topic] = try await write(note, after: known[note.topic])
      } catch {
        if Task.isCancelled { return }
        logger.debug("cannot write an event", metadata: ["error": "\(error)"])
      }
    }
  }

  private func write(_ note: Note, after known: Known?) async throws -> Known {
    let now = client.time.uptime()
    if var known {
      known.count += 1
      if now - known.lastWritten < Self.pause { return known }
      known.lastWritten = now
      let patch: JSON = [
        "count": .integer(known.count), "lastTimestamp": .string(note.time.description),
      ]
      do {
        _ = try await client.patch(Self.resource, known.key, .merge, patch)
        return known
      } catch let status as APIStatus where status.isNotFound {
        // It has expired; begin anew.
      }
    }
    let namespace = note.reference.namespace.isEmpty ? "default" : note.reference.namespace
    let name = "\(note.reference.name).\(Self.suffix(client.random()))"
    _ = try await client.create(
      Self.resource, namespace: namespace, Self.event(note, namespace: namespace, name: name))
    return Known(key: ObjectKey(namespace: namespace, name: name), count: 1, lastWritten: now)
  }

  private static let resource = ResourceType(
    group: "", version: "v1", kind: "Event", plural: "events", isNamespaced: true)

  private static func event(_ note: Note, namespace: String, name: String) -> JSON {
    var about = note.reference.json.object ?? JSONObject()
    about["apiVersion"] = .string(note.apiVersion)
    let time = JSON.string(note.time.description)
    return [
      "apiVersion": "v1", "kind": "Event",
      "metadata": ["name": .string(name), "namespace": .string(namespace)],
      "involvedObject": .object(about),
      "type": .string(note.type), "reason": .string(note.topic.reason),
      "message": .string(note.topic.message), "count": 1,
      "firstTimestamp": time, "lastTimestamp": time,
      "source": ["component": .string(note.source)],
      "reportingComponent": .string(note.source), "reportingInstance": "",
    ]
  }

  private static func suffix(_ random: Double) -> String {
    String(UInt64(random * Double(UInt64.max / 2)) | 1 << 60, radix: 16)
  }
}
