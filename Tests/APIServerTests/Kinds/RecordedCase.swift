import APIServer
import Foundation
import JSONTree
import KubernetesAPI
import Testing

/// Requests of ours and how kube-apiserver 1.36.2 answered them, one after the other on one object.
///
/// Addresses and ports that server chose itself are recorded as `<IPv4-1>`, `<port-2>`: any value
/// of ours will do, but the same one wherever the same name stands. An address out of range is the
/// one message that was reworded: kube-apiserver says "the provided network does not match the
/// current range" when it writes and names the range only in a dry run, Rollcall names it always.
/// Lists of slices recorded as null are not compared.
struct RecordedCase: Sendable, CustomTestStringConvertible {
  let name: String
  let isDualStack: Bool
  let steps: [JSON]

  var testDescription: String { name }

  static func load(_ file: String) throws -> [RecordedCase] {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/\(file).json")
    let json = try JSON(parsing: [UInt8](Data(contentsOf: url)))
    return (json.array ?? []).map { entry in
      RecordedCase(
        name: entry.text("name"), isDualStack: entry.text("cluster") == "dual",
        steps: entry.items("steps"))
    }
  }

  /// Makes the requests and compares the answers.
  func run(on plane: KindPlane) async throws {
    var names: [String: JSON] = [:]
    for (index, step) in steps.enumerated() {
      let expected = step.member("expect")
      let place: Comment = "\(name), request \(index)"
      let name = step.text("object").isEmpty ? "web" : step.text("object")
      let old = step.text("verb") == "create" ? nil : try? await plane.read(name)
      do {
        let object = try await perform(step, on: plane, name)
        guard expected["code"] == nil else {
          Issue.record("accepted, expected \(expected.text("message"))", sourceLocation: here)
          return
        }
        for member in ["spec", "status", "subsets", "endpoints", "ports", "addressType"] {
          guard let wanted = expected[member] else { continue }
          let actual = object.member(member)
          #expect(actual.matches(wanted, &names), "\(place): \(actual.text)")
        }
        if let labels = expected["labels"] {
          #expect(object.member("metadata")["labels"] == labels, place)
        }
        if let generation = expected["generation"] {
          #expect(object.member("metadata")["generation"] == generation, place)
        }
        let warnings =
          plane.kind.warnings(
            object, old: old, subresource: step.text("verb") == "mergeStatus" ? .status : nil)
          + (plane.kind.deprecationWarning.map { [$0] } ?? [])
        #expect(Set(warnings) == Set(expected.items("warnings").compactMap(\.string)), place)
      } catch let status as APIStatus {
        #expect(status.code == Int(expected.number("code")), "\(place): \(status.message)")
        #expect(status.reason.rawValue == expected.text("reason"), place)
        #expect(status.message.naming(names) == expected.text("message"), place)
        let causes = expected.items("causes").map {
          APIStatus.Cause(
            reason: $0.text("reason"), message: $0.text("message"), field: $0.text("field"))
        }
        let actual = (status.details?.causes ?? []).map {
          APIStatus.Cause(
            reason: $0.reason, message: $0.message.naming(names), field: $0.field)
        }
        #expect(actual == causes, place)
      }
    }
  }

  private var here: SourceLocation {
    SourceLocation(fileID: #fileID, filePath: #filePath, line: #line, column: 1)
  }

  private func perform(_ step: JSON, on plane: KindPlane, _ name: String) async throws -> JSON {
    let body = step.member("body")
    switch step.text("verb") {
    case "create": return try await plane.create(body)
    case "put": return try await plane.put(body, to: name)
    case "merge": return try await plane.merge(body, into: name)
    default: return try await plane.merge(body, into: name, subresource: .status)
    }
  }
}

extension JSON {
  /// Whether this is the recorded value, learning what the names in it stand for.
  fileprivate func matches(_ recorded: JSON, _ names: inout [String: JSON]) -> Bool {
    switch (self, recorded) {
    case (.object(let members), .object(let wanted)):
      guard members.count == wanted.count else { return false }
      for member in wanted {
        guard let value = members[member.key], value.matches(member.value, &names) else {
          return false
        }
      }
      return true
    case (.array(let elements), .array(let wanted)):
      guard elements.count == wanted.count else { return false }
      for (element, wanted) in zip(elements, wanted) where !element.matches(wanted, &names) {
        return false
      }
      return true
    case (_, .string(let name)) where name.hasPrefix("<") && name.hasSuffix(">"):
      if let known = names[name] { return self == known }
      names[name] = self
      switch name.prefix(5) {
      case "<port": return (30000...32767).contains(integer ?? 0)
      case "<IPv4": return IPAddress(string ?? "")?.family == .v4
      case "<IPv6": return IPAddress(string ?? "")?.family == .v6
      default: return false
      }
    default: return self == recorded
    }
  }
}

extension String {
  /// With the recorded names in the place of our values.
  fileprivate func naming(_ names: [String: JSON]) -> String {
    names.sorted { $0.key < $1.key }.reduce(self) { text, name in
      text.replacingOccurrences(
        of: name.value.string ?? name.value.text, with: name.key)
    }
  }
}
