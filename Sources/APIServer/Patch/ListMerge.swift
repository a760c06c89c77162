import JSONTree
import KubernetesAPI

/// How a strategic merge patch merges one list.
struct ListMerge {
  private let element: Schema?
  /// The member that tells objects apart; empty for scalars.
  private let key: String
  /// The patch lists scalars to remove.
  private let isDeletion: Bool

  init(_ list: Schema?, key: String, isDeletion: Bool) {
    if case .list(let element, _)? = list { self.element = element } else { element = nil }
    self.key = key
    self.isDeletion = isDeletion
  }

  func merge(_ patch: [JSON], into original: [JSON]) throws(APIStatus) -> [JSON] {
    if original.isEmpty, patch.isEmpty { return original }
    var (patch, original) = (patch, original)
    let merged: [JSON]
    if try holdsObjects(original, patch) {
      guard !key.isEmpty else {
        throw .unclassified("cannot merge lists without merge key for struct")
      }
      try applyDirectives(&original, &patch)
      merged = try mergeObjects(patch, into: original)
    } else if isDeletion {
      let removed = Set(patch)
      return original.filter { !removed.contains($0) }
    } else {
      var seen: Set<JSON> = []
      merged = (original + patch).filter { seen.insert($0).inserted }
    }
    return try ordered(merged, by: patch, elseBy: original, nil)
  }

  /// Whether elements are objects. All must be of one type, and none a list.
  private func holdsObjects(_ original: [JSON], _ patch: [JSON]) throws(APIStatus) -> Bool {
    let all = original + patch
    guard let first = all.first else {
      throw .unclassified("no elements in any of the given slices")
    }
    if case .array = first {
      var status = APIStatus.patchDoesNotApply
      status.details = APIStatus.Details()
      throw status
    }
    let type = GoFormat.typeName(of: first)
    guard all.allSatisfy({ GoFormat.typeName(of: $0) == type }) else {
      let lists = GoFormat.text(of: .array([.array(original), .array(patch)]))
      throw .unclassified("list element types are not identical: \(lists)")
    }
    if case .object = first { return true }
    return false
  }

  // MARK: Objects

  /// Removes what `$patch: delete` names, and everything if one element says `$patch: replace`.
  private func applyDirectives(
    _ original: inout [JSON], _ patch: inout [JSON]
  ) throws(APIStatus) {
    var plain: [JSON] = []
    var deleted: Set<JSON> = []
    var isReplacement = false
    for element in patch {
      switch element.object?[StrategicMergePatch.directive] {
      case nil: plain.append(element)
      case "delete"?: deleted.insert(try keyValue(of: element))
      case "replace"?: isReplacement = true
      case "merge"?: throw .unclassified("merging lists cannot yet be specified in the patch")
      case let other?:
        throw .unclassified(
          "unknown patch type: \(GoFormat.text(of: other)) in map: \(GoFormat.text(of: element))")
      }
    }
    if !deleted.isEmpty {
      original.removeAll { element in element.object?[key].map(deleted.contains) ?? false }
    }
    (original, patch) = isReplacement ? (plain, []) : (original, plain)
  }

  private func mergeObjects(
    _ patch: [JSON], into original: [JSON]
  ) throws(APIStatus) -> [JSON] {
    var merged = original
    var positions = Positions(of: original, key)
    for element in patch {
      let value = try keyValue(of: element)
      if let index = positions[value] {
        merged[index] = .object(
          try StrategicMergePatch.merge(
            element.object ?? [:], into: merged[index].object ?? [:], self.element))
      } else {
        positions.add(value, at: merged.count)
        merged.append(element)
      }
    }
    return merged
  }

  private func keyValue(of element: JSON) throws(APIStatus) -> JSON {
    guard case .object(let members) = element else {
      throw .unclassified(
        "expected a map[string]interface {}, but received a \(GoFormat.typeName(of: element))")
    }
    guard let value = members[key] else {
      throw .unclassified(
        "map: \(GoFormat.text(of: element)) does not contain declared merge key: \(key)")
    }
    return value
  }

  /// The element itself for scalars.
  private func identity(of element: JSON) throws(APIStatus) -> JSON {
    key.isEmpty ? element : try keyValue(of: element)
  }

  // MARK: Order

  /// Interleaves the elements that `order` lists, in that order, with the others, in the order of
  /// `live`: an element of `live` comes before the first listed one that follows it there.
  ///
  /// - Parameter patch: what was merged, where its types have not been checked yet.
  func ordered(
    _ elements: [JSON], by order: [JSON], elseBy live: [JSON], _ patch: [JSON]?
  ) throws(APIStatus) -> [JSON] {
    if let patch { _ = try holdsObjects(live, patch) }
    for element in order { _ = try identity(of: element) }
    let wanted = Positions(of: order, key)
    let present = Positions(of: live, key)
    var listed: [(rank: Int, live: Int?, element: JSON)] = []
    var others: [(rank: Int, live: Int?, element: JSON)] = []
    for element in elements {
      let value = try identity(of: element)
      if let rank = wanted[value] {
        listed.append((rank, present[value], element))
      } else {
        others.append((present[value] ?? .max, present[value], element))
      }
    }
    listed.sort { $0.rank < $1.rank }
    others.sort { $0.rank < $1.rank }
    var result: [JSON] = []
    result.reserveCapacity(elements.count)
    var next = 0
    for item in listed {
      while next < others.count, let mine = others[next].live, let its = item.live, mine < its {
        result.append(others[next].element)
        next += 1
      }
      result.append(item.element)
    }
    return result + others[next...].map(\.element)
  }

  /// Checks that the elements of a patch stand in `$setElementOrder`, in that order.
  func check(_ patch: [JSON], against order: [JSON]) throws(APIStatus) {
    guard !patch.isEmpty, !order.isEmpty else { return }
    var next = 0
    for element in patch where element.object?[StrategicMergePatch.directive] == nil {
      let value = try identity(of: element)
      var isFound = false
      while next < order.count, !isFound {
        isFound = try identity(of: order[next]) == value
        next += 1
      }
      guard isFound else {
        throw .unclassified(
          "The order in patch list:\n\(GoFormat.text(of: .array(patch)))\n doesn't match "
            + "$setElementOrder list:\n\(GoFormat.text(of: .array(order)))\n")
      }
    }
  }

  /// Where each identity comes first.
  private struct Positions {
    private var first: [JSON: Int] = [:]

    init(of elements: [JSON], _ key: String) {
      for (index, element) in elements.enumerated() {
        guard let value = key.isEmpty ? element : element.object?[key] else { continue }
        add(value, at: index)
      }
    }

    mutating func add(_ value: JSON, at index: Int) {
      if first[value] == nil { first[value] = index }
    }

    subscript(value: JSON) -> Int? { first[value] }
  }
}
