import JSONTree
import KubernetesAPI
import KubernetesClient
import Logging
import Synchronization

/// Writes Events about Services, each once.
struct ProxyEvents: Sendable {
  struct Note: Sendable, Hashable {
    var namespace: String
    var name: String
    var uid: String
    var reason: String
    var message: String
  }

  /// Notes that wait; of more the oldest are dropped.
  private static let bufferSize = 256

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
      of: Note.self, bufferingPolicy: .bufferingNewest(Self.bufferSize))
  }

  func warn(_ service: Service, reason: String, _ message: String) {
    intake.yield(
      Note(
        namespace: service.metadata.namespace, name: service.metadata.name,
        uid: service.metadata.uid, reason: reason, message: message))
  }

  /// Writes what is noted until the task is cancelled.
  func run() async {
    var written: Set<Note> = []
    for await note in notes where !written.contains(note) {
      if written.count >= 1024 { written = [] }
      do {
        _ = try await client.create(Self.resource, namespace: note.namespace, event(note))
        written.insert(note)
      } catch {
        if Task.isCancelled { return }
        logger.debug("cannot write an event", metadata: ["error": "\(error)"])
      }
    }
  }

  private static let resource = ResourceType(
    group: "", version: "v1", kind: "Event", plural: "events", isNamespaced: true)

  private func event(_ note: Note) -> JSON {
    let time = JSON.string(client.time.now().description)
    let suffix = String(UInt64(client.random() * 0x1p52) | 1 << 52, radix: 16)
    return [
      "apiVersion": "v1", "kind": "Event",
      "metadata": [
        "name": .string("\(note.name).\(suffix)"), "namespace": .string(note.namespace),
      ],
      "involvedObject": [
        "apiVersion": "v1", "kind": "Service", "namespace": .string(note.namespace),
        "name": .string(note.name), "uid": .string(note.uid),
      ],
      "type": "Warning", "reason": .string(note.reason), "message": .string(note.message),
      "count": 1, "firstTimestamp": time, "lastTimestamp": time,
      "source": ["component": "rollcall-proxy", "host": .string(node)],
      "reportingComponent": "rollcall-proxy", "reportingInstance": .string(node),
    ]
  }
}
