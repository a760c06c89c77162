import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

@Suite struct FieldNumbersTests {
  /// Types that requests carry as a whole: the envelope says their apiVersion and kind.
  private static let roots: Set<String> = {
    var names: Set<String> = []
    for type in [ObjectSchema.deleteOptions, .tokenRequest, .binding, .eviction] {
      names.insert(type.name)
    }
    for kind in CoreKinds.all {
      names.insert(kind.schema.name)
      for subresource in kind.subresources { names.insert(kind.schema(of: subresource).name) }
    }
    return names
  }()

  private static let types: [ObjectSchema] =
    KindSchemaTests.types + [.deleteOptions, .preconditions, .tokenRequest, .tokenRequestSpec]
    + [.tokenRequestStatus, .boundObjectReference, .binding, .eviction]

  @Test func `every field of every type that is served has a number`() {
    #expect(Self.types.count > 60)
    for type in Self.types {
      let members = Self.members(of: type.name)
      for field in type.fields where members[field.name] == nil {
        let isTypeMeta = ["apiVersion", "kind"].contains(field.name)
        #expect(isTypeMeta && Self.roots.contains(type.name), "\(type.name): \(field.name)")
      }
    }
  }

  /// A list or an object is absent where it is empty; the mark would say nothing.
  @Test func `only scalars tell absence`() {
    for type in Self.types {
      let members = Self.members(of: type.name)
      for field in type.fields where members[field.name]?.tellsAbsence == true {
        switch field.schema {
        case .boolean, .int32, .int64, .string, .bytes: break
        default: Issue.record("\(type.name): \(field.name)")
        }
      }
    }
  }

  @Test func `numbers and types are stated once, and what is embedded exists`() {
    #expect(FieldNumbers.table.problems.isEmpty)
    for (name, numbers) in FieldNumbers.table.types {
      let names = numbers.members.values.map(\.name)
      #expect(names.count == Set(names).count, "\(name)")
      for other in numbers.embedded.values {
        #expect(FieldNumbers.of(other)?.embedded.isEmpty == true, "\(name): \(other)")
      }
    }
  }

  @Test func `the table reads its notation and tells what it cannot read`() {
    let table = FieldNumberTable([
      ("g.v1", "A: a 1, b? 2,\n  +B 3\nB: c 12"),
      ("h.v1", "nothing\nA: a 1, b 1\nC: a, b x, c 0"),
    ])
    #expect(
      table.types["g.v1.A"]
        == FieldNumbers(
          members: [
            1: FieldNumbers.Member(name: "a", tellsAbsence: false),
            2: FieldNumbers.Member(name: "b", tellsAbsence: true),
          ], embedded: [3: "g.v1.B"]))
    #expect(table.types["g.v1.B"]?.members[12]?.name == "c")
    #expect(
      table.problems == ["nothing", "h.v1.A: b 1", "h.v1.C: a", "h.v1.C: b x", "h.v1.C: c 0"])
  }

  private static func members(of name: String) -> [String: FieldNumbers.Member] {
    guard let numbers = FieldNumbers.of(name) else { return [:] }
    var members: [String: FieldNumbers.Member] = [:]
    for member in numbers.members.values { members[member.name] = member }
    for other in numbers.embedded.values {
      members.merge(Self.members(of: other)) { own, _ in own }
    }
    return members
  }
}
