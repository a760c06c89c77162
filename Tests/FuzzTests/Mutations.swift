/// Small changes to inputs, the same for the same seed.
struct Mutations {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  private mutating func next(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ mixed >> 31) % UInt64(max(1, bound)))
  }

  /// One of the inputs with one to four changes: a bit, a byte, a piece left out, repeated, or
  /// taken from another input.
  mutating func mutated(_ inputs: [[UInt8]]) -> [UInt8] {
    var bytes = inputs[next(below: inputs.count)]
    for _ in 0...next(below: 4) {
      guard !bytes.isEmpty else { return bytes }
      let at = next(below: bytes.count)
      switch next(below: 5) {
      case 0: bytes[at] ^= 1 << UInt8(next(below: 8))
      case 1: bytes[at] = UInt8(next(below: 256))
      case 2: bytes.removeSubrange(at..<min(bytes.count, at + 1 + next(below: 8)))
      case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 12)], at: at)
      default:
        let other = inputs[next(below: inputs.count)]
        let start = next(below: other.count)
        bytes.replaceSubrange(
          at..<min(bytes.count, at + 8), with: other[start..<min(other.count, start + 8)])
      }
    }
    return bytes
  }
}
