/// A keyed hash over 64-bit words, for names and addresses.
///
/// The seed is random per process: who can create Services must not be able to choose names that
/// share a slot.
struct NameHash: Sendable {
  let seed: UInt64

  @_noLocks
  init(seed: UInt64) { self.seed = seed }

  private static var multiplier: UInt64 { @_noLocks get { 0x9E37_79B9_7F4A_7C15 } }

  /// One step: multiply to 128 bits and fold. Good bits end up everywhere.
  @_noLocks
  func mixed(_ state: UInt64, with word: UInt64) -> UInt64 {
    let product = (state ^ word).multipliedFullWidth(by: Self.multiplier)
    return product.high ^ product.low
  }

  @_noLocks
  func hash(ofAddress address: UInt32) -> UInt64 {
    mixed(mixed(seed, with: UInt64(address)), with: 4)
  }

  @_noLocks
  func hash(ofAddressHigh high: UInt64, low: UInt64) -> UInt64 {
    mixed(mixed(mixed(seed, with: high), with: low), with: 16)
  }
}

/// A domain name made ready for the index: lower-cased, in words padded with zeros, hashed.
///
/// Owns its buffer, so that a worker allocates it once and refills it per query. Sendable because
/// its one owner alone knows the buffer.
struct NameKey: ~Copyable, @unchecked Sendable {
  /// 255 bytes of name need 32 words.
  private static var capacity: Int { @_noLocks get { 32 } }

  private let words: UnsafeMutablePointer<UInt64>
  /// Bytes of the name with its root label.
  private(set) var byteCount = 0
  private(set) var hash: UInt64 = 0

  init() {
    words = .allocate(capacity: Self.capacity)
    words.initialize(repeating: 0, count: Self.capacity)
  }

  deinit { words.deallocate() }

  /// For the side that builds the index.
  init(wire: [UInt8], hash: NameHash) {
    self.init()
    let padded = wire + Array(repeating: 0, count: 8)
    padded.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      load(from: base, byteCount: wire.count, hash: hash)
    }
  }

  /// Takes a name in wire form of at most 255 bytes. Up to 7 bytes behind it are read (and
  /// ignored), so they must belong to the same buffer.
  @_noLocks
  mutating func load(from name: UnsafeRawPointer, byteCount: Int, hash: NameHash) {
    self.byteCount = byteCount
    var state = hash.seed
    var offset = 0
    var index = 0
    // At most 32 words: byteCount is at most 255, which the message reader has checked.
    while offset < byteCount {
      var word = UInt64(
        littleEndian: name.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let left = byteCount &- offset
      if left < 8 { word &= (1 as UInt64) &<< UInt64(truncatingIfNeeded: left &* 8) &- 1 }
      word = Self.lowercased(word)
      words[index] = word
      state = hash.mixed(state, with: word)
      offset &+= 8
      index &+= 1
    }
    self.hash = hash.mixed(state, with: UInt64(truncatingIfNeeded: byteCount))
  }

  /// Lower-cases the ASCII letters of eight bytes at once. Length bytes are at most 63, below the
  /// letters, so a whole wire name can be mapped.
  @_noLocks
  private static func lowercased(_ word: UInt64) -> UInt64 {
    let sevenBits = word & 0x7F7F_7F7F_7F7F_7F7F
    let aboveZ = sevenBits &+ 0x2525_2525_2525_2525
    let fromA = sevenBits &+ 0x3F3F_3F3F_3F3F_3F3F
    let isUpper = ~word & (fromA ^ aboveZ) & 0x8080_8080_8080_8080
    return word | isUpper &>> 2
  }

  /// The lower-cased bytes.
  var bytes: UnsafeRawPointer { @_noLocks get { UnsafeRawPointer(words) } }

  /// Whether the name is the one stored, padded with zeros to whole words, at `name`.
  @_noLocks
  func matches(_ name: UnsafeRawPointer, byteCount: Int) -> Bool {
    guard byteCount == self.byteCount else { return false }
    var index = 0
    while index &* 8 < byteCount {
      // In bounds: both are stored in whole words. Node names are aligned to words.
      let word = UInt64(littleEndian: name.load(fromByteOffset: index &* 8, as: UInt64.self))
      guard word == words[index] else { return false }
      index &+= 1
    }
    return true
  }
}
