import JSONTree

/// Takes a list response apart as it arrives, so that a list of any length needs the memory of one
/// item.
///
/// The bytes are only scanned for structure here; each item, and each other member of the list
/// object, is parsed once it is whole.
struct ListDecoder {
  private enum Position {
    /// Before the list object.
    case start
    /// In the list object, between members.
    case members
    /// In a member's key, or between the key and its colon.
    case key
    /// At the start of a member's value.
    case value
    /// In a value that is kept for parsing.
    case captured
    /// In the array of items, between two of them.
    case items
    /// In an item.
    case item
    /// After the list object.
    case end
  }

  private var position = Position.start
  /// Arrays and objects open within the captured value or item.
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  /// Bytes of the key, value or item that is not whole yet.
  private var pending: [UInt8] = []
  private var key = ""
  private var members = JSONObject()
  private let fields: JSONFields?

  /// - Parameter fields: what is wanted of the items; nil wants them whole.
  init(only fields: JSONFields? = nil) { self.fields = fields }

  /// Reads on and calls back with each item that is whole.
  ///
  /// Throws `TransportError` (malformed response) where the bytes are no JSON object.
  mutating func feed(_ chunk: [UInt8], item: (JSON) throws -> Void) throws {
    // The start of the run of bytes in this chunk that belong to `pending` but are not copied yet.
    var runStart = 0
    var index = 0
    while index < chunk.count {
      let byte = chunk[index]
      switch position {
      case .start:
        if !Self.isSpace(byte) {
          guard byte == UInt8(ascii: "{") else { throw Self.malformed }
          position = .members
        }
      case .members:
        try enterMember(byte, at: index, runStart: &runStart)
      case .key:
        try scanKey(byte, at: index, chunk, runStart: &runStart)
      case .value:
        if !Self.isSpace(byte) { enterValue(byte, at: index, runStart: &runStart) }
      case .captured:
        try scanCaptured(byte, at: index, chunk, runStart: &runStart)
      case .items:
        try enterItem(byte, at: index, runStart: &runStart)
      case .item:
        // Nearly all bytes of a list are these.
        index = scanItem(chunk, from: index)
        if index < chunk.count {
          try item(try takeItem(chunk[runStart...index]))
          position = .items
        }
      case .end:
        guard Self.isSpace(byte) else { throw Self.malformed }
      }
      index += 1
    }
    switch position {
    case .key, .captured, .item: pending += chunk[runStart...]
    default: break
    }
  }

  private mutating func enterValue(_ byte: UInt8, at index: Int, runStart: inout Int) {
    runStart = index
    if key == "items", byte == UInt8(ascii: "[") {
      position = .items
    } else {
      position = .captured
      _ = scan(byte)
    }
  }

  private mutating func enterItem(_ byte: UInt8, at index: Int, runStart: inout Int) throws {
    if Self.isSpace(byte) || byte == UInt8(ascii: ",") { return }
    if byte == UInt8(ascii: "]") {
      position = .members
      return
    }
    guard byte == UInt8(ascii: "{") else { throw Self.malformed }
    position = .item
    runStart = index
    _ = scan(byte)
  }

  /// Follows an item to its last byte; the position of that, or the length of the chunk if the item
  /// goes on behind it.
  private mutating func scanItem(_ chunk: [UInt8], from start: Int) -> Int {
    chunk.withUnsafeBufferPointer { bytes in
      var index = start
      while index < bytes.count {
        if isInString {
          if isEscaped {
            isEscaped = false
            index += 1
          }
          while index < bytes.count, bytes[index] != UInt8(ascii: "\""),
            bytes[index] != UInt8(ascii: "\\")
          { index += 1 }
          if index < bytes.count {
            if bytes[index] == UInt8(ascii: "\"") { isInString = false } else { isEscaped = true }
          }
        } else {
          switch bytes[index] {
          case UInt8(ascii: "\""): isInString = true
          case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
          case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if depth == 0 { return index }
          default: break
          }
        }
        index += 1
      }
      // An escape at the very end may have led one too far.
      return bytes.count
    }
  }

  /// The item that ends with these bytes.
  private mutating func takeItem(_ last: ArraySlice<UInt8>) throws -> JSON {
    pending += last
    defer { pending.removeAll(keepingCapacity: true) }
    return try read { () throws(JSONParseError) in
      if let fields { try JSON(parsing: pending, only: fields) } else { try JSON(parsing: pending) }
    }
  }

  /// The list without its items: `kind`, `apiVersion`, `metadata`. Throws if the list broke off.
  func finish() throws -> JSON {
    guard case .end = position else {
      throw TransportError(.interrupted, "the list broke off before its end")
    }
    return .object(members)
  }

  private mutating func enterMember(_ byte: UInt8, at index: Int, runStart: inout Int) throws {
    if Self.isSpace(byte) || byte == UInt8(ascii: ",") { return }
    if byte == UInt8(ascii: "}") {
      position = .end
      return
    }
    guard byte == UInt8(ascii: "\"") else { throw Self.malformed }
    position = .key
    runStart = index
    isInString = true
  }

  private mutating func scanKey(
    _ byte: UInt8, at index: Int, _ chunk: [UInt8], runStart: inout Int
  ) throws {
    if isInString {
      _ = scan(byte)
      return
    }
    guard byte == UInt8(ascii: ":") else {
      guard Self.isSpace(byte) else { throw Self.malformed }
      return
    }
    pending += chunk[runStart..<index]
    key = try takePending().string ?? ""
    position = .value
  }

  private mutating func scanCaptured(
    _ byte: UInt8, at index: Int, _ chunk: [UInt8], runStart: inout Int
  ) throws {
    // A number, literal or string at the top ends at the byte behind it.
    let isEnclosed = depth > 0 || isInString
    let endsBefore = !isEnclosed && (byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}"))
    if !endsBefore {
      _ = scan(byte)
      return
    }
    pending += chunk[runStart..<index]
    members[key] = try takePending()
    position = byte == UInt8(ascii: "}") ? .end : .members
  }

  /// Follows strings and nesting; true when the byte closes the outermost array or object.
  private mutating func scan(_ byte: UInt8) -> Bool {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      return false
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      return depth == 0
    default: break
    }
    return false
  }

  private mutating func takePending() throws -> JSON {
    defer { pending.removeAll(keepingCapacity: true) }
    return try read { () throws(JSONParseError) in try JSON(parsing: pending) }
  }

  private func read(_ body: () throws(JSONParseError) -> JSON) throws -> JSON {
    do throws(JSONParseError) {
      return try body()
    } catch {
      throw TransportError(.malformedResponse, "the list holds invalid JSON: \(error)")
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  private static let malformed = TransportError(.malformedResponse, "the list is no JSON object")
}
