import JSONTree
import KubernetesAPI
import Synchronization

/// Brings objects, lists and events into the form a client asked for.
struct ObjectAnswer: Sendable {
  private let kind: any KindDefinition
  private let encoding: StoredEncoding
  private let form: AnswerForm
  private let now: @Sendable () -> Timestamp
  private let renderer: TableRenderer?

  /// - Throws: 400 for an `includeObject` that is none.
  init(
    _ resource: Resource, _ request: ResourceRequest
  ) throws(APIStatus) {
    kind = resource.kind
    encoding = resource.cache.encoding
    form = request.form
    now = resource.core.environment.now
    if let transform = form.transform, transform.kind == .table {
      renderer = TableRenderer(
        resource.kind, transform,
        including: try TableRenderer.IncludedObject(query: request.query.first("includeObject")))
    } else {
      renderer = nil
    }
  }

  func object(
    _ code: Int, _ object: CachedObject, warnings: RequestWarnings
  ) throws(APIStatus) -> APIResponse {
    guard let transform = form.transform else {
      return .encoded(code, object.bytes, form, warnings: warnings.all)
    }
    let value: JSON
    switch transform.kind {
    case .table: value = renderer?.table(of: object.json, now: now()) ?? [:]
    case .partialObject:
      value = PartialObject.metadata(of: object.json, apiVersion: transform.apiVersion)
    case .partialList: throw PartialObject.isNoList(kind.resource)
    }
    return .encoded(code, value.encoded(), form, warnings: warnings.all)
  }

  func list(_ list: ObjectList, warnings: RequestWarnings) throws(APIStatus) -> APIResponse {
    guard let transform = form.transform else {
      let bytes = list.encoded(kind.resource, encoding: encoding)
      return .encoded(200, bytes, form, warnings: warnings.all)
    }
    let objects = list.objects.lazy.map(\.json)
    let value: JSON
    switch transform.kind {
    case .table:
      value = renderer?.table(of: objects, metadata: list.metadata, now: now()) ?? [:]
    case .partialList:
      value = PartialObject.list(
        of: objects, metadata: list.metadata, apiVersion: transform.apiVersion)
    case .partialObject: throw PartialObject.isList(kind.resource)
    }
    return .encoded(200, value.encoded(), form, warnings: warnings.all)
  }

  /// What turns events into the form asked for; nil where they go out as they are.
  var eventTransform: Watcher.Transform? {
    guard let transform = form.transform else { return nil }
    let (renderer, now) = (renderer, now)
    let isFirst = FirstTime()
    return { type, object in
      let value: JSON
      if let renderer {
        value = renderer.table(of: object.json, now: now(), showsColumns: isFirst.take())
      } else {
        value = PartialObject.metadata(of: object.json, apiVersion: transform.apiVersion)
      }
      return type.frame(value.encoded())
    }
  }

  /// Columns are described once for a whole watch.
  private final class FirstTime: Sendable {
    private let isFirst = Mutex(true)

    func take() -> Bool {
      isFirst.withLock { isFirst in
        defer { isFirst = false }
        return isFirst
      }
    }
  }
}

extension APIResponse {
  /// - Parameter bytes: JSON in the canonical encoding.
  static func encoded(
    _ code: Int, _ bytes: [UInt8], _ form: AnswerForm, warnings: [String] = []
  ) -> APIResponse {
    guard form.format != .json || form.isPretty, let value = try? JSON(parsing: bytes) else {
      return .json(code, bytes, warnings: warnings)
    }
    var headers = jsonHeaders(warnings)
    headers["content-type"] = form.format.contentType
    return APIResponse(status: code, headers: headers, body: .bytes(form.encode(value)))
  }
}
