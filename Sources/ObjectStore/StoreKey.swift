import Glibc

/// A key that is equal, hashed and ordered by its UTF-8 bytes.
///
/// `String` compares by canonical equivalence, under which different keys would be one.
struct StoreKey: Hashable, Comparable, Sendable {
  let string: String

  init(_ string: String) { self.string = string }

  static func == (left: StoreKey, right: StoreKey) -> Bool {
    compareBytes(left.string, right.string) == 0
  }

  static func < (left: StoreKey, right: StoreKey) -> Bool {
    compareBytes(left.string, right.string) < 0
  }

  func hash(into hasher: inout Hasher) {
    withBytes(of: string) { hasher.combine(bytes: $0) }
  }

  /// Whether the key begins with the bytes of a prefix.
  func hasPrefix(_ prefix: String) -> Bool {
    withBytes(of: string) { key in
      withBytes(of: prefix) { prefix in
        guard prefix.count <= key.count else { return false }
        guard let keyStart = key.baseAddress, let prefixStart = prefix.baseAddress else {
          return prefix.isEmpty
        }
        return memcmp(keyStart, prefixStart, prefix.count) == 0  // Both hold prefix.count bytes.
      }
    }
  }

  /// The first string after every string that begins with a prefix, nil if there is none.
  ///
  /// UTF-8 orders as Unicode scalars do, so the next scalar makes the next byte string.
  static func end(ofPrefix prefix: String) -> String? {
    var scalars = prefix.unicodeScalars
    while let last = scalars.popLast() {
      let next = last.value == 0xD7FF ? 0xE000 : last.value + 1  // Skips the surrogates.
      if let following = Unicode.Scalar(next) {
        scalars.append(following)
        return String(scalars)
      }
    }
    return nil
  }
}

/// Negative, zero or positive as memcmp would say of two strings' UTF-8, a shorter one first.
private func compareBytes(_ left: String, _ right: String) -> Int {
  withBytes(of: left) { left in
    withBytes(of: right) { right in
      let common = min(left.count, right.count)
      if let leftStart = left.baseAddress, let rightStart = right.baseAddress {
        let order = memcmp(leftStart, rightStart, common)  // Both hold `common` bytes.
        if order != 0 { return Int(order) }
      }
      return left.count - right.count
    }
  }
}

/// Runs a body on the UTF-8 of a string, which is valid for that call alone.
private func withBytes<Result>(
  of string: String, _ body: (UnsafeRawBufferPointer) -> Result
) -> Result {
  let fast = string.utf8.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
  if let fast { return fast }
  return Array(string.utf8).withUnsafeBytes(body)
}
