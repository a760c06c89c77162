import APIServer
import JSONTree
import KubernetesAPI
import Testing

/// What the schemas of all kinds keep to.
@Suite struct KindSchemaTests {
  /// Every type the kinds use, once.
  static let types: [ObjectSchema] = {
    var found: [ObjectSchema] = []
    var names: Set<ObjectIdentifier> = []
    func visit(_ schema: Schema) {
      switch schema {
      case .object(let type):
        guard names.insert(ObjectIdentifier(type)).inserted else { return }
        found.append(type)
        for field in type.fields { visit(field.schema) }
      case .list(let element, _), .map(let element): visit(element)
      default: break
      }
    }
    for kind in CoreKinds.all {
      visit(.object(kind.schema))
      for subresource in kind.subresources { visit(.object(kind.schema(of: subresource))) }
    }
    return found
  }()

  @Test func `Every type and every field says what it is in a sentence`() {
    for type in Self.types {
      #expect(type.description.hasSuffix("."), "\(type.name)")
      for field in type.fields {
        #expect(field.description.hasSuffix("."), "\(type.name).\(field.name)")
      }
    }
  }

  @Test func `No two types share a name`() {
    let names = Self.types.map(\.name)
    #expect(names.count == Set(names).count)
  }

  @Test func `The keys of a list are fields of its elements`() {
    var count = 0
    for type in Self.types {
      for field in type.fields {
        guard case .list(.object(let element), let semantics) = field.schema else { continue }
        var keys: [String] = []
        if case .map(let mapKeys) = semantics.kind { keys = mapKeys }
        if let key = semantics.patchMergeKey { keys.append(key) }
        count += keys.count
        for key in keys {
          #expect(element.field(key) != nil, "\(type.name).\(field.name): \(key)")
        }
      }
    }
    #expect(count > 20)
  }

  @Test func `A list of scalars has no keys`() {
    for type in Self.types {
      for field in type.fields {
        guard case .list(let element, let semantics) = field.schema else { continue }
        if case .object = element { continue }
        if case .map = semantics.kind {
          Issue.record("\(type.name).\(field.name) has keys but no members")
        }
        #expect(semantics.patchMergeKey ?? "" == "", "\(type.name).\(field.name)")
      }
    }
  }

  @Test func `Every kind prints one cell for each column`() {
    for kind in CoreKinds.all {
      let cells = kind.cells(of: ["metadata": ["name": "a"]], now: .init(seconds: 0))
      #expect(cells.count == kind.columns.count, "\(kind.resource.kind)")
    }
  }
}
