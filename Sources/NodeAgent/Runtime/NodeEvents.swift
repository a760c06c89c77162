import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging

/// Writes Events about Pods and the Node without making anybody wait; what is said again about the
/// same object is counted in the Event made first.
final class NodeEvents: Sendable {
  private struct Note: Sendable {
    var reference: ObjectReference
    var fieldPath: String
    var type: String
    var reason: String
    var message: String
    var time: Timestamp
  }

  private struct Topic: Hashable {
    var uid: String
    var fieldPath: String
    var reason: String
    var message: String
  }

  private static let resource = ResourceType(
    group: "", version: "v1", kind: "Event", plural: "events", isNamespaced: true)
  /// Notes that wait; of more the oldest are dropped. Topics remembered before all are forgotten.
  private static let capacity = 1024

  private let client: KubernetesClient
  private let node: String
  private let logger: Logger
  private let notes: AsyncStream<Note>
  private let intake: AsyncStream<Note>.Continuation

  init(client: KubernetesClient, node: String, logger: Logger) {
    self.client = client
    self.node = node
    self.logger = logger
    (notes, intake) = AsyncStream.makeStream(
      of: Note.self, bufferingPolicy: .bufferingNewest(Self.capacity))
  }

  /// - Parameter container: the container it is about, if one.
  func record(
    _ pod: AgentPod, _ type: String, _ reason: String, _ message: String,
    container: ContainerDefinition? = nil
  ) {
    let list = container?.role == .main ? "containers" : "initContainers"
    intake.yield(
      Note(
        reference: ObjectReference(
          kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name,
          uid: pod.metadata.uid),
        fieldPath: container.map { "spec.\(list){\($0.name)}" } ?? "", type: type, reason: reason,
        message: message, time: client.time.now()))
  }

  /// Writes until the task is cancelled.
  func run() async {
    var known: [Topic: (key: ObjectKey, count: Int64)] = [:]
    for await note in notes {
      if known.count >= Self.capacity { known = [:] }
      let topic = Topic(
        uid: note.reference.uid, fieldPath: note.fieldPath, reason: note.reason,
        message: note.message)
      do {
        if let (key, count) = known[topic] {
          known[topic] = (key, count + 1)
          let patch: JSON = [
            "count": .integer(count + 1), "lastTimestamp": .string(note.time.description),
          ]
          _ = try await client.patch(Self.resource, key, .merge, patch)
        } else {
          known[topic] = (try await create(note), 1)
        }
      } catch {
        if Task.isCancelled { return }
        known[topic] = nil
        logger.debug("cannot write an event", metadata: ["error": "\(error)"])
      }
    }
  }

  private func create(_ note: Note) async throws -> ObjectKey {
    let suffix = String(UInt64(client.random() * Double(UInt64.max / 2)) | 1 << 60, radix: 16)
    let name = "\(note.reference.name).\(suffix)"
    var about = note.reference.json.object ?? JSONObject()
    about["apiVersion"] = "v1"
    if !note.fieldPath.isEmpty { about["fieldPath"] = .string(note.fieldPath) }
    let time = JSON.string(note.time.description)
    let event: JSON = [
      "apiVersion": "v1", "kind": "Event",
      "metadata": ["name": .string(name), "namespace": .string(note.reference.namespace)],
      "involvedObject": .object(about), "type": .string(note.type),
      "reason": .string(note.reason), "message": .string(note.message), "count": 1,
      "firstTimestamp": time, "lastTimestamp": time,
      "source": ["component": "kubelet", "host": .string(node)],
      "reportingComponent": "kubelet", "reportingInstance": .string(node),
    ]
    _ = try await client.create(Self.resource, namespace: note.reference.namespace, event)
    return ObjectKey(namespace: note.reference.namespace, name: name)
  }
}
