import JSONTree
import KubernetesAPI
import ObjectStore

/// A list, or a page of one.
struct ObjectList: Sendable {
  var objects: [CachedObject]
  /// The state the list is of.
  var revision: Revision
  var continueToken: ContinueToken?
  /// How many follow this page, where that is known.
  var remaining: Int?
}

extension Resource {
  func list(_ options: ListOptions, _ selection: Selection) async throws(APIStatus) -> ObjectList {
    let limit = options.limit > 0 ? Int(clamping: options.limit) : Int.max
    var start = ""
    var exact: Revision?
    if options.continueToken.isEmpty {
      exact = try await startingPoint(options)
    } else {
      guard options.resourceVersion.isEmpty || options.resourceVersion == "0" else {
        throw .badRequest(
          "specifying resource version is not allowed when using continue")
      }
      let token = try ContinueToken(options.continueToken)
      start = selection.keyPrefix + token.start
      exact = token.revision
      if exact == nil { try await core.catchUp() }
    }
    if let exact {
      let (cursor, revision) = cache.snapshot(prefix: selection.keyPrefix, startingAt: start)
      if revision == exact {
        return page(cursor, of: exact, selection, limit: limit)
      }
      return try await pageOfHistory(
        at: exact, startingAt: start, selection, limit: limit,
        isContinuation: !options.continueToken.isEmpty)
    }
    let (cursor, revision) = cache.snapshot(prefix: selection.keyPrefix, startingAt: start)
    return page(cursor, of: revision, selection, limit: limit)
  }

  /// Waits until the cache is as new as the list must be.
  ///
  /// - Returns: the only revision that will do, nil for whatever the cache has now.
  private func startingPoint(_ options: ListOptions) async throws(APIStatus) -> Revision? {
    if options.resourceVersion.isEmpty {
      try await core.catchUp()
      return nil
    }
    guard let number = UInt64(options.resourceVersion) else {
      throw .badRequest(
        "invalid resource version: " + invalidVersionMessage(options.resourceVersion))
    }
    let revision = Revision(rawValue: number)
    try await core.reach(revision)
    // Before resourceVersionMatch existed, a limit asked for the very revision.
    let isExact = options.match == .exact || options.match == nil && options.limit > 0
    return isExact && number != 0 ? revision : nil
  }

  private func page(
    _ cursor: SortedObjects.Cursor, of revision: Revision, _ selection: Selection, limit: Int
  ) -> ObjectList {
    var cursor = cursor
    var objects: [CachedObject] = []
    if limit == .max { objects.reserveCapacity(selection.selectsAll ? cursor.remaining : 0) }
    while objects.count < limit, let object = cursor.next() {
      if selection.matches(object) { objects.append(object) }
    }
    return ended(objects, of: revision, remaining: cursor.remaining, selection)
  }

  private func ended(
    _ objects: [CachedObject], of revision: Revision, remaining: Int, _ selection: Selection
  ) -> ObjectList {
    guard remaining > 0, let last = objects.last else {
      return ObjectList(objects: objects, revision: revision)
    }
    let key = String(last.key.dropFirst(selection.keyPrefix.count))
    // What follows has not been matched, so that only a list of everything knows the number.
    return ObjectList(
      objects: objects, revision: revision,
      continueToken: ContinueToken(revision: revision, after: key),
      remaining: selection.selectsAll ? remaining : nil)
  }

  private func pageOfHistory(
    at revision: Revision, startingAt start: String, _ selection: Selection, limit: Int,
    isContinuation: Bool
  ) async throws(APIStatus) -> ObjectList {
    var objects: [CachedObject] = []
    var next: String? = start.isEmpty ? nil : cache.prefix + start
    var remaining = 0
    repeat {
      let wanted = limit == .max ? ServerLimits.loadPage : limit - objects.count
      let page: StorePage
      do throws(StoreError) {
        page = try await core.store.list(
          prefix: cache.prefix + selection.keyPrefix, startingAt: next,
          limit: min(wanted, ServerLimits.loadPage), at: revision)
      } catch {
        guard error.code == .compacted else { throw .store(error) }
        throw expired(isContinuation ? start : nil, selection)
      }
      for stored in page.objects {
        if let object = object(stored), selection.matches(object) { objects.append(object) }
      }
      next = page.next
      remaining = page.remaining
    } while next != nil && objects.count < limit
    return ended(objects, of: revision, remaining: remaining, selection)
  }

  /// 410 for a state that was compacted, with a token to go on without consistency.
  private func expired(_ start: String?, _ selection: Selection) -> APIStatus {
    guard let start else {
      return .expired("The resourceVersion for the provided list is too old.")
    }
    var status = APIStatus.expired(
      "The provided continue parameter is too old to display a consistent list result. You can "
        + "start a new list without the continue parameter, or use the continue token in this "
        + "response to retrieve the remainder of the results. Continuing with the provided token "
        + "results in an inconsistent list - objects that were created, modified, or deleted "
        + "between the time the first chunk was returned and now may show up in the list.")
    var token = ContinueToken(revision: nil, after: "")
    token.start = String(start.dropFirst(selection.keyPrefix.count))
    status.continueToken = token.text
    return status
  }
}

/// What is said of a resourceVersion that is no number.
func invalidVersionMessage(_ text: String) -> String {
  "resourceVersion: Invalid value: \(quoted(text)): strconv.ParseUint: parsing \(quoted(text)): "
    + "invalid syntax"
}

extension ObjectList {
  /// The list as JSON, its items spliced from their encodings.
  func encoded(_ resource: ResourceType, encoding: StoredEncoding) -> [UInt8] {
    var bytes: [UInt8] = []
    let envelope = encoding.envelope.count
    bytes.reserveCapacity(
      objects.reduce(256) { $0 + $1.bytes.count - envelope + 2 })
    bytes += Array("{\"kind\":\"\(resource.kind)List\",\"apiVersion\":".utf8)
    JSON.write(string: resource.apiVersion, to: &bytes)
    bytes += Array(",\"metadata\":".utf8)
    metadata.write(to: &bytes)
    bytes += Array(",\"items\":[".utf8)
    for (index, object) in objects.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      // Items of a list do without kind and apiVersion.
      bytes.append(UInt8(ascii: "{"))
      bytes += object.bytes[envelope...]
    }
    bytes += Array("]}".utf8)
    return bytes
  }

  /// meta/v1 ListMeta.
  var metadata: JSON {
    var members: JSONObject = ["resourceVersion": .string(revision.description)]
    if let continueToken { members["continue"] = .string(continueToken.text) }
    if let remaining { members["remainingItemCount"] = .integer(Int64(remaining)) }
    return .object(members)
  }
}
