/// Names that were perhaps meant.
enum NearMiss {
  /// Whether two names differ by little: a letter or two, or by what one adds to the other.
  static func isNear(_ left: String, _ right: String) -> Bool {
    guard left != right, !left.isEmpty, !right.isEmpty else { return false }
    let shorter = left.utf8.count <= right.utf8.count ? left : right
    let longer = shorter == left ? right : left
    if shorter.utf8.count >= 2, longer.hasPrefix(shorter + "-") || longer.hasSuffix("-" + shorter) {
      return true
    }
    return distance(left, right) <= (shorter.utf8.count < 4 ? 1 : 2)
  }

  /// Those of the names that are near, the nearest first; at most three.
  static func of(_ name: String, in names: some Sequence<String>) -> [String] {
    let near = Set(names).filter { isNear(name, $0) }
    return near.sorted { (distance(name, $0), $0) < (distance(name, $1), $1) }.prefix(3).map(\.self)
  }

  /// How many letters must be put in, taken out, exchanged or swapped with their neighbour.
  static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8.prefix(64))
    let right = Array(right.utf8.prefix(64))
    var before: [Int] = []
    var previous = Array(0...right.count)
    for row in 0..<left.count {
      var current = [row + 1]
      for column in 0..<right.count {
        let same = left[row] == right[column]
        var best = min(
          previous[column + 1] + 1, current[column] + 1, previous[column] + (same ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, before[column - 1] + 1)
        }
        current.append(best)
      }
      before = previous
      previous = current
    }
    return previous[right.count]
  }
}
