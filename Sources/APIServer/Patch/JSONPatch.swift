package import JSONTree
package import KubernetesAPI

/// JSON Patch (RFC 6902) with the liberties of the implementation in kube-apiserver: `replace`
/// makes a member that is missing, array positions may count from the end (`-1`), a `test` for
/// null passes where there is nothing, and `copy` of nothing gives null.
package enum JSONPatch {
  /// The most operations one patch may hold.
  package static let maximumOperations = 10_000
  /// The most bytes all `copy` operations of a patch may add.
  package static let maximumCopiedBytes = 3 * 1024 * 1024

  /// Applies the operations in order, all or none.
  ///
  /// - Parameters:
  ///   - schema: not needed, and here so that all patches are applied alike.
  ///   - patch: an array of operations; null is a patch without any.
  /// - Throws: 400 for what is no patch, 413 for too many operations, 422 for an operation that
  ///   does not apply, a failed `test` among them.
  package static func apply(
    _ patch: JSON, to current: JSON, schema: ObjectSchema
  ) throws(APIStatus) -> JSON {
    let operations: [JSON]
    switch patch {
    case .null: operations = []
    case .array(let elements): operations = elements
    default:
      throw .badRequest(
        "json: cannot unmarshal \(patch.typeName) into Go value of type jsonpatch.Patch")
    }
    guard operations.count <= maximumOperations else {
      throw APIStatus(
        code: 413, reason: .requestEntityTooLarge,
        message: "Request entity too large: The allowed maximum operations in a JSON patch is "
          + "\(maximumOperations), got \(operations.count)")
    }
    var document = current
    var copiedBytes = 0
    for operation in operations {
      guard perform(operation, on: &document, &copiedBytes) else { throw .patchDoesNotApply }
    }
    return document
  }

  // MARK: Operations. Each returns false where it does not apply.

  private static func perform(
    _ operation: JSON, on document: inout JSON, _ copiedBytes: inout Int
  ) -> Bool {
    guard let path = operation["path"]?.string else { return false }
    let value = operation["value"] ?? .null
    switch operation["op"]?.string {
    case "add":
      return change(at: path, in: &document) { $0.add(value, at: $1) }
    case "remove":
      return change(at: path, in: &document) { $0.remove(at: $1) != nil }
    case "replace":
      return replace(at: path, in: &document, with: value)
    case "move":
      guard let from = operation["from"]?.string else { return false }
      var moved: JSON?
      let isRemoved = change(at: from, in: &document) { container, key in
        moved = container.remove(at: key)
        return moved != nil
      }
      guard isRemoved, let moved else { return false }
      return change(at: path, in: &document) { $0.add(moved, at: $1) }
    case "copy":
      guard let from = operation["from"]?.string, let copied = lookUp(from, in: document) else {
        return false
      }
      copiedBytes += copied.encoded().count
      guard copiedBytes <= maximumCopiedBytes else { return false }
      return change(at: path, in: &document) { $0.add(copied, at: $1) }
    case "test":
      if path.isEmpty { return document == value }
      return lookUp(path, in: document) == value
    default:
      return false
    }
  }

  private static func replace(
    at path: String, in document: inout JSON, with value: JSON
  ) -> Bool {
    guard !path.isEmpty else {
      guard value.object != nil || value.array != nil else { return false }
      document = value
      return true
    }
    return change(at: path, in: &document) { container, key in
      guard container.child(at: key) != nil else { return false }
      return container.set(value, at: key)
    }
  }

  // MARK: Pointers (RFC 6901)

  /// The tokens of a pointer; nil for one without any (the whole document).
  private static func tokens(of path: String) -> [String]? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count > 1 else { return nil }
    return parts.dropFirst().map { unescaped(Array($0)) }
  }

  /// `~1` is a slash, `~0` a tilde.
  private static func unescaped(_ token: [UInt8]) -> String {
    var bytes: [UInt8] = []
    var index = 0
    while index < token.count {
      if token[index] == UInt8(ascii: "~"), index + 1 < token.count,
        token[index + 1] == UInt8(ascii: "0") || token[index + 1] == UInt8(ascii: "1")
      {
        bytes.append(token[index + 1] == UInt8(ascii: "0") ? UInt8(ascii: "~") : UInt8(ascii: "/"))
        index += 2
      } else {
        bytes.append(token[index])
        index += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func lookUp(_ path: String, in document: JSON) -> JSON? {
    guard let tokens = tokens(of: path) else { return nil }
    var value = document
    for token in tokens {
      guard let child = value.child(at: token) else { return nil }
      value = child
    }
    return value
  }

  /// Calls `body` with the container a pointer leads to and the last token.
  private static func change(
    at path: String, in document: inout JSON, _ body: (inout JSON, String) -> Bool
  ) -> Bool {
    guard let tokens = tokens(of: path) else { return false }
    return change(tokens[...], in: &document, body)
  }

  private static func change(
    _ tokens: ArraySlice<String>, in container: inout JSON, _ body: (inout JSON, String) -> Bool
  ) -> Bool {
    guard let first = tokens.first else { return false }
    guard tokens.count > 1 else { return body(&container, first) }
    guard var child = container.child(at: first), !child.isNull else { return false }
    guard container.set(.null, at: first) else { return false }  // So that the child is unshared.
    let isChanged = change(tokens.dropFirst(), in: &child, body)
    return container.set(child, at: first) && isChanged
  }
}

extension JSON {
  /// A member (null where it is missing) or an element; nil where there can be none.
  fileprivate func child(at token: String) -> JSON? {
    switch self {
    case .object(let members): members[token] ?? .null
    case .array(let elements): position(token, count: elements.count).map { elements[$0] }
    default: nil
    }
  }

  fileprivate mutating func add(_ value: JSON, at token: String) -> Bool {
    guard case .array(var elements) = self else { return set(value, at: token) }
    self = .null
    defer { self = .array(elements) }
    if token == "-" {
      elements.append(value)
      return true
    }
    guard let index = position(token, count: elements.count + 1) else { return false }
    elements.insert(value, at: index)
    return true
  }

  fileprivate mutating func set(_ value: JSON, at token: String) -> Bool {
    switch self {
    case .object(var members):
      self = .null
      members[token] = .some(value)
      self = .object(members)
      return true
    case .array(var elements):
      guard let index = position(token, count: elements.count) else { return false }
      self = .null
      elements[index] = value
      self = .array(elements)
      return true
    default: return false
    }
  }

  fileprivate mutating func remove(at token: String) -> JSON? {
    switch self {
    case .object(var members):
      self = .null
      defer { self = .object(members) }
      return members.removeValue(forKey: token)
    case .array(var elements):
      guard let index = position(token, count: elements.count) else { return nil }
      self = .null
      defer { self = .array(elements) }
      return elements.remove(at: index)
    default: return nil
    }
  }

  /// A position within `count` elements; negative numbers count from the end.
  private func position(_ token: String, count: Int) -> Int? {
    guard let index = Int(token), index < count, index >= -count else { return nil }
    return index < 0 ? index + count : index
  }
}

extension APIStatus {
  /// What a kube-apiserver answers, without saying why, to a patch it understands but cannot
  /// apply.
  package static let patchDoesNotApply = APIStatus(
    code: 422, reason: .invalid,
    message: "the server rejected our request due to an error in our request",
    details: Details())
}
