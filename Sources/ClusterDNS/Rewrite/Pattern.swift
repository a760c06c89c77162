/// A regular expression over bytes, in the part of Go's syntax (RE2) that rules for names use:
/// literals, `.`, classes, `\d \w \s` and their opposites, groups, alternatives, `* + ?`, `{m,n}`
/// and their lazy forms, `^` and `$`.
///
/// It is matched in time proportional to the text, whatever the pattern: rules are the operator's,
/// names are anybody's.
struct Pattern: Sendable {
  enum Instruction: Sendable {
    case bytes(ByteSet)
    /// Goes on at both places; the first is preferred.
    case split(Int, Int)
    case jump(Int)
    /// Notes where the text is, as a bound of a group.
    case save(Int)
    case begin
    case end
    case accept
  }

  /// What cannot be read.
  struct Failure: Error, Equatable, CustomStringConvertible {
    var description: String
  }

  let program: [Instruction]
  /// Groups, the whole match among them.
  let groupCount: Int

  /// More would only be a slip: names have 255 bytes.
  static let longestProgram = 4096

  init(_ text: String) throws(Failure) {
    var parser = PatternParser(text)
    let tree = try parser.whole()
    var compiler = PatternCompiler()
    compiler.emit(.save(0))
    try compiler.compile(tree)
    compiler.emit(.save(1))
    compiler.emit(.accept)
    program = compiler.program
    groupCount = parser.groupCount
  }
}

/// A set of bytes.
struct ByteSet: Sendable, Equatable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  init(_ bytes: some Sequence<UInt8>) { for byte in bytes { insert(byte) } }

  static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }

  mutating func insert(_ byte: UInt8) {
    let bit = (1 as UInt64) << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  mutating func formUnion(_ other: ByteSet) {
    words = (
      words.0 | other.words.0, words.1 | other.words.1, words.2 | other.words.2,
      words.3 | other.words.3
    )
  }

  var inverted: ByteSet {
    var result = ByteSet()
    result.words = (~words.0, ~words.1, ~words.2, ~words.3)
    return result
  }

  static let digits = ByteSet(0x30...0x39)
  static let word: ByteSet = {
    var set = ByteSet(0x30...0x39)
    for byte in 0x41...0x5A as ClosedRange<UInt8> { set.insert(byte) }
    for byte in 0x61...0x7A as ClosedRange<UInt8> { set.insert(byte) }
    set.insert(UInt8(ascii: "_"))
    return set
  }()
  static let space = ByteSet([9, 10, 12, 13, 32])
}

/// A pattern, read.
indirect enum PatternTree {
  case bytes(ByteSet)
  case sequence([PatternTree])
  case alternatives([PatternTree])
  /// A group that is noted, by its number from 1 on.
  case group(PatternTree, Int)
  case repeated(PatternTree, least: Int, most: Int?, isLazy: Bool)
  case begin
  case end
}

private struct PatternCompiler {
  private(set) var program: [Pattern.Instruction] = []

  mutating func emit(_ instruction: Pattern.Instruction) { program.append(instruction) }

  mutating func compile(_ tree: PatternTree) throws(Pattern.Failure) {
    guard program.count < Pattern.longestProgram else {
      throw Pattern.Failure(description: "the pattern is too large")
    }
    switch tree {
    case .bytes(let set): emit(.bytes(set))
    case .begin: emit(.begin)
    case .end: emit(.end)
    case .sequence(let parts): for part in parts { try compile(part) }
    case .group(let inner, let number):
      emit(.save(2 * number))
      try compile(inner)
      emit(.save(2 * number + 1))
    case .alternatives(let parts): try compile(alternatives: parts)
    case .repeated(let inner, let least, let most, let isLazy):
      for _ in 0..<least { try compile(inner) }
      guard let most else {
        try compile(anyNumberOf: inner, isLazy: isLazy)
        return
      }
      var splits: [Int] = []
      for _ in 0..<max(0, most - least) {
        splits.append(program.count)
        emit(.jump(0))
        try compile(inner)
      }
      for split in splits { set(split, inner: split + 1, behind: program.count, isLazy) }
    }
  }

  private mutating func compile(
    anyNumberOf inner: PatternTree, isLazy: Bool
  ) throws(Pattern.Failure) {
    let split = program.count
    emit(.jump(0))
    try compile(inner)
    emit(.jump(split))
    set(split, inner: split + 1, behind: program.count, isLazy)
  }

  private mutating func set(_ split: Int, inner: Int, behind: Int, _ isLazy: Bool) {
    program[split] = isLazy ? .split(behind, inner) : .split(inner, behind)
  }

  private mutating func compile(alternatives: [PatternTree]) throws(Pattern.Failure) {
    var jumps: [Int] = []
    for (index, part) in alternatives.enumerated() {
      guard index < alternatives.count - 1 else {
        try compile(part)
        break
      }
      let split = program.count
      emit(.jump(0))
      try compile(part)
      jumps.append(program.count)
      emit(.jump(0))
      program[split] = .split(split + 1, program.count)
    }
    for jump in jumps { program[jump] = .jump(program.count) }
  }
}
