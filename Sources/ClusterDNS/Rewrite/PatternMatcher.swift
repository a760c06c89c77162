/// Matches a pattern, with memory of its own that is used again each time.
final class PatternMatcher {
  private let pattern: Pattern
  private let slotCount: Int
  private var current: Threads
  private var next: Threads
  private var stack: [Frame] = []
  private var slots: [Int]
  private var found: [Int]

  /// The threads at one place of the text, the preferred first.
  private struct Threads {
    var places: [Int] = []
    /// Bounds of groups, as many per thread as there are; -1 for none yet.
    var slots: [Int] = []
    /// The step at which an instruction was last reached.
    var marks: [Int]
  }

  /// What is still to be followed.
  private enum Frame {
    case place(Int)
    /// Sets a bound back to what it was.
    case restore(slot: Int, value: Int)
  }

  init(_ pattern: Pattern) {
    self.pattern = pattern
    slotCount = pattern.groupCount * 2
    let threads = Threads(marks: Array(repeating: -1, count: pattern.program.count))
    current = threads
    next = threads
    slots = Array(repeating: -1, count: slotCount)
    found = slots
  }

  /// Whether the pattern is somewhere in the text. Then `group` tells where.
  func matches(_ text: [UInt8]) -> Bool {
    current.places.removeAll(keepingCapacity: true)
    current.slots.removeAll(keepingCapacity: true)
    for index in current.marks.indices {
      current.marks[index] = -1
      next.marks[index] = -1
    }
    var isFound = false
    for position in 0...text.count {
      if !isFound {
        for index in slots.indices { slots[index] = -1 }
        follow(0, position, text.count, &current)
      }
      if current.places.isEmpty { break }
      next.places.removeAll(keepingCapacity: true)
      next.slots.removeAll(keepingCapacity: true)
      step: for (thread, place) in current.places.enumerated() {
        switch pattern.program[place] {
        case .bytes(let set) where position < text.count && set.contains(text[position]):
          for index in 0..<slotCount { slots[index] = current.slots[thread * slotCount + index] }
          follow(place + 1, position + 1, text.count, &next)
        case .accept:
          for index in 0..<slotCount { found[index] = current.slots[thread * slotCount + index] }
          isFound = true
          break step  // Those behind are less preferred.
        default: break
        }
      }
      swap(&current, &next)
    }
    return isFound
  }

  /// The bytes of a group of the last match; empty for one that has no part in it.
  func group(_ number: Int, of text: [UInt8]) -> ArraySlice<UInt8> {
    let (start, end) = (found[2 * number], found[2 * number + 1])
    return start >= 0 && end >= start ? text[start..<end] : []
  }

  var groupCount: Int { pattern.groupCount }

  /// Adds the threads that can be reached from a place without reading.
  private func follow(_ place: Int, _ position: Int, _ end: Int, _ threads: inout Threads) {
    stack.removeAll(keepingCapacity: true)
    stack.append(.place(place))
    while let frame = stack.popLast() {
      switch frame {
      case .restore(let slot, let value): slots[slot] = value
      case .place(let place):
        if threads.marks[place] == position { continue }
        threads.marks[place] = position
        switch pattern.program[place] {
        case .jump(let target): stack.append(.place(target))
        case .split(let first, let second):
          stack.append(.place(second))
          stack.append(.place(first))
        case .save(let slot):
          stack.append(.restore(slot: slot, value: slots[slot]))
          slots[slot] = position
          stack.append(.place(place + 1))
        case .begin: if position == 0 { stack.append(.place(place + 1)) }
        case .end: if position == end { stack.append(.place(place + 1)) }
        case .bytes, .accept:
          threads.places.append(place)
          threads.slots.append(contentsOf: slots)
        }
      }
    }
  }
}
