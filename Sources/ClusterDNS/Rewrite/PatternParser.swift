/// Reads the text of a ``Pattern``.
struct PatternParser {
  private var rest: ArraySlice<UInt8>
  /// Groups so far, the whole match among them.
  private(set) var groupCount = 1
  private var depth = 0
  private var ignoresCase = false

  typealias Failure = Pattern.Failure

  /// Deeper nesting is no rule for names.
  private static let deepest = 32
  /// RE2's own bound.
  private static let mostRepeats = 1000

  init(_ text: String) { rest = Array(text.utf8)[...] }

  mutating func whole() throws(Failure) -> PatternTree {
    let tree = try alternatives()
    guard rest.isEmpty else { throw Failure(description: "a ) closes nothing") }
    return tree
  }

  private mutating func alternatives() throws(Failure) -> PatternTree {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.deepest else { throw Failure(description: "groups are nested too deep") }
    var parts = [try sequence()]
    while rest.first == UInt8(ascii: "|") {
      rest.removeFirst()
      parts.append(try sequence())
    }
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence() throws(Failure) -> PatternTree {
    var parts: [PatternTree] = []
    while let byte = rest.first, byte != UInt8(ascii: "|"), byte != UInt8(ascii: ")") {
      guard let atom = try atom() else { continue }
      parts.append(try repeated(atom))
    }
    return .sequence(parts)
  }

  /// Nil for what only sets an option.
  private mutating func atom() throws(Failure) -> PatternTree? {
    switch rest.removeFirst() {
    case UInt8(ascii: "."): return .bytes(ByteSet([10]).inverted)
    case UInt8(ascii: "^"): return .begin
    case UInt8(ascii: "$"): return .end
    case UInt8(ascii: "["): return .bytes(try byteClass())
    case UInt8(ascii: "("): return try group()
    case UInt8(ascii: "\\"): return try escape()
    case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
      throw Failure(description: "nothing stands before * + ?")
    case let byte: return .bytes(literal(byte))
    }
  }

  private func literal(_ byte: UInt8) -> ByteSet {
    var set = ByteSet([byte])
    let isLetter = (0x61...0x7A).contains(byte | 0x20)
    if ignoresCase, isLetter {
      set.insert(byte | 0x20)
      set.insert(byte & ~0x20)
    }
    return set
  }

  private mutating func group() throws(Failure) -> PatternTree? {
    var number: Int? = nil
    if rest.starts(with: "?i)".utf8) {
      rest = rest.dropFirst(3)
      ignoresCase = true
      return nil
    } else if rest.starts(with: "?:".utf8) {
      rest = rest.dropFirst(2)
    } else if rest.first == UInt8(ascii: "?") {
      // A named group: (?P<name>…) or (?<name>…).
      let head = rest.prefix { $0 != UInt8(ascii: ">") }
      guard head.starts(with: "?P<".utf8) || head.starts(with: "?<".utf8),
        head.count < rest.count
      else { throw Failure(description: "this kind of group is not read") }
      rest = rest.dropFirst(head.count + 1)
      number = groupCount
    } else {
      number = groupCount
    }
    if number != nil { groupCount += 1 }
    let inner = try alternatives()
    guard rest.popFirst() == UInt8(ascii: ")") else {
      throw Failure(description: "a ( is not closed")
    }
    return number.map { .group(inner, $0) } ?? inner
  }

  private mutating func escape() throws(Failure) -> PatternTree {
    guard let byte = rest.popFirst() else { throw Failure(description: "nothing is behind \\") }
    switch byte {
    case UInt8(ascii: "A"): return .begin
    case UInt8(ascii: "z"): return .end
    default: return .bytes(try escapedSet(byte))
    }
  }

  private func escapedSet(_ byte: UInt8) throws(Failure) -> ByteSet {
    switch byte {
    case UInt8(ascii: "d"): return .digits
    case UInt8(ascii: "D"): return ByteSet.digits.inverted
    case UInt8(ascii: "w"): return .word
    case UInt8(ascii: "W"): return ByteSet.word.inverted
    case UInt8(ascii: "s"): return .space
    case UInt8(ascii: "S"): return ByteSet.space.inverted
    default:
      guard !ByteSet.word.contains(byte) || byte == UInt8(ascii: "_") else {
        throw Failure(description: "\\\(String(UnicodeScalar(byte))) is not read")
      }
      return ByteSet([byte])
    }
  }

  /// Behind `[`.
  private mutating func byteClass() throws(Failure) -> ByteSet {
    var set = ByteSet()
    let isInverted = rest.first == UInt8(ascii: "^")
    if isInverted { rest.removeFirst() }
    var isFirst = true
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "]"), !isFirst { return isInverted ? set.inverted : set }
      isFirst = false
      if byte == UInt8(ascii: "["), rest.first == UInt8(ascii: ":") {
        throw Failure(description: "named classes are not read")
      }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = rest.popFirst() else { break }
        set.formUnion(try escapedSet(escaped))
        continue
      }
      let isRange = rest.first == UInt8(ascii: "-") && rest.dropFirst().first != UInt8(ascii: "]")
      guard isRange, rest.count > 1 else {
        set.formUnion(literal(byte))
        continue
      }
      rest.removeFirst()
      guard let last = rest.popFirst(), last >= byte, last != UInt8(ascii: "\\") else {
        throw Failure(description: "a range in [] is the wrong way round")
      }
      for byte in byte...last { set.formUnion(literal(byte)) }
    }
    throw Failure(description: "a [ is not closed")
  }

  private mutating func repeated(_ atom: PatternTree) throws(Failure) -> PatternTree {
    var tree = atom
    while let (least, most) = try repeats() {
      let isLazy = rest.first == UInt8(ascii: "?")
      if isLazy { rest.removeFirst() }
      tree = .repeated(tree, least: least, most: most, isLazy: isLazy)
    }
    return tree
  }

  /// What stands behind an atom; nil for nothing of the kind.
  private mutating func repeats() throws(Failure) -> (least: Int, most: Int?)? {
    switch rest.first {
    case UInt8(ascii: "*"):
      rest.removeFirst()
      return (0, nil)
    case UInt8(ascii: "+"):
      rest.removeFirst()
      return (1, nil)
    case UInt8(ascii: "?"):
      rest.removeFirst()
      return (0, 1)
    case UInt8(ascii: "{"):
      let inner = rest.dropFirst().prefix { $0 != UInt8(ascii: "}") }
      let parts = inner.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map(Self.number)
      // Otherwise a brace is a brace.
      guard inner.count + 1 < rest.count, let least = parts.first ?? nil, parts.count <= 2 else {
        return nil
      }
      let isOpen = inner.last == UInt8(ascii: ",")
      guard isOpen || parts[parts.count - 1] != nil else { return nil }
      let most = isOpen ? nil : parts[parts.count - 1]
      guard least <= most ?? least, max(least, most ?? 0) <= Self.mostRepeats else {
        throw Failure(description: "{m,n} is 0 to \(Self.mostRepeats), m the smaller")
      }
      rest = rest.dropFirst(inner.count + 2)
      return (least, most)
    default: return nil
    }
  }

  /// Digits alone; nil for anything else, signs among it.
  private static func number(_ text: ArraySlice<UInt8>) -> Int? {
    guard text.allSatisfy(ByteSet.digits.contains) else { return nil }
    return Int(String(decoding: text, as: UTF8.self))
  }
}
