/// Which members of an object a reader wants, so that the others are passed over instead of
/// becoming values: of a listed object, most bytes are managed fields and references nobody reads.
///
/// Members of a wanted member are given by its own fields; arrays have those of their elements.
public struct JSONFields: Sendable {
  /// Wanted members by name.
  let members: [Member]

  struct Member: Sendable {
    /// In UTF-8, as most names stand in a text: without escapes.
    var name: [UInt8]
    /// Nil where all below is wanted.
    var fields: JSONFields?
  }

  /// - Parameter members: names with the fields wanted of their values; nil wants all of them.
  public init(_ members: [(String, JSONFields?)]) {
    self.members = members.map { Member(name: Array($0.0.utf8), fields: $0.1) }
  }

  /// Members that are wanted whole.
  public init(_ names: String...) { self.init(names.map { ($0, nil) }) }

  /// The member of that name, if it is wanted.
  func member(_ name: UnsafeBufferPointer<UInt8>.SubSequence) -> Member? {
    // Few: a comparison of lengths rules out most.
    members.first { $0.name.count == name.count && $0.name.elementsEqual(name) }
  }
}
