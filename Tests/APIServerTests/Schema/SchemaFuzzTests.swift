import APIServer
import JSONTree
import KubernetesAPI
import Testing

/// Mutated and random bodies and patches: nothing traps, and what comes out is canonical.
@Suite struct SchemaFuzzTests {
  private let decoder = BodyDecoder(catalogue: KindCatalogue([SampleServiceKind()]))

  private static let corpus: [[UInt8]] = [
    #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a","labels":{"a":"b"},"#
      + #""finalizers":["x/y"],"creationTimestamp":"2020-01-01T00:00:00Z"},"spec":{"ports":"#
      + #"[{"name":"http","port":80,"targetPort":"web"},{"port":443,"targetPort":8443}],"#
      + #""selector":{"a":"b"},"sessionAffinityConfig":{"clientIP":{"timeoutSeconds":1}}}}"#,
    #"[{"op":"add","path":"/spec/ports/-","value":{"port":1}},{"op":"test","path":"","value":{}},"#
      + #"{"op":"move","from":"/spec/ports/0","path":"/spec/ports/1"},"#
      + #"{"op":"remove","path":"/metadata/labels/a~1b"}]"#,
    #"{"metadata":{"labels":null,"$deleteFromPrimitiveList/finalizers":["x/y"],"#
      + #""$setElementOrder/finalizers":["a"],"finalizers":["a"]},"spec":{"#
      + #""$setElementOrder/ports":[{"port":443},{"port":80}],"ports":[{"port":80,"name":"n"},"#
      + #"{"$patch":"delete","port":443}],"selector":{"$retainKeys":["c"],"c":"d"}}}"#,
    "apiVersion: v1\nkind: Service\nmetadata: &m\n  name: a\nspec:\n  ports:\n  - port: 80\n"
      + "    name: \"x\"\n  selector: {<<: *m, b: !!str 1}\n  externalIPs:\n  - |\n    1.2.3.4\n",
  ].map { Array($0.utf8) }

  @Test(arguments: 1...8)
  func `mutated bytes never trap`(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<400 {
      let body = Self.mutated(&random)
      for format in [BodyFormat.json, .yaml] {
        let decoded = try? decoder.decode(
          body, as: SampleServiceKind(), format: format, validation: .warn)
        if let decoded { expectCanonical(decoded.object, seed) }
      }
      for type in PatchType.allCases { apply(type, body, seed) }
      _ = try? LabelSelector(query: String(decoding: body.prefix(60), as: UTF8.self))
      _ = try? FieldSelector(query: String(decoding: body.prefix(60), as: UTF8.self))
      _ = try? AcceptHeader(String(decoding: body.prefix(60), as: UTF8.self)).negotiate()
      _ = try? Quantity(parsing: String(decoding: body.prefix(12), as: UTF8.self))
    }
  }

  @Test(arguments: 1...8)
  func `random trees with the names that matter never trap`(seed: Int) {
    var random = SplitMix(state: UInt64(seed) << 8)
    for _ in 0..<600 {
      let body = Self.tree(depth: 5, &random).encoded()
      if let decoded = try? decoder.decode(body, as: SampleServiceKind(), validation: .ignore) {
        expectCanonical(decoded.object, seed)
      }
      for type in PatchType.allCases { apply(type, body, seed) }
    }
  }

  private func apply(_ type: PatchType, _ body: [UInt8], _ seed: Int) {
    guard let patch = try? PatchRequest(type: type, body: body, validation: .warn),
      let current = try? JSON(parsing: Self.corpus[0]),
      let patched = try? patch.apply(
        to: current, as: SampleServiceKind(), decoder: decoder)
    else { return }
    expectCanonical(patched.object, seed)
  }

  /// Decoding and defaulting what was decoded and defaulted changes nothing.
  private func expectCanonical(_ object: JSON, _ seed: Int) {
    let again = try? decoder.decode(
      object.encoded(), as: SampleServiceKind(), validation: .strict)
    #expect(again?.object == object, "seed \(seed): \(object.text)")
  }

  // MARK: Input

  private static func mutated(_ random: inout SplitMix) -> [UInt8] {
    var body = corpus[Int.random(in: 0..<corpus.count, using: &random)]
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      let at = Int.random(in: 0..<max(body.count, 1), using: &random)
      guard at < body.count else { return body }
      switch Int.random(in: 0..<5, using: &random) {
      case 0: body[at] = UInt8.random(in: 0...255, using: &random)
      case 1: body.remove(at: at)
      case 2: body.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: at)
      case 3: body.removeSubrange(at..<min(at + 8, body.count))
      default:
        let end = min(at + Int.random(in: 1...40, using: &random), body.count)
        body.insert(contentsOf: body[at..<end], at: at)
      }
    }
    return body
  }

  private static let names = [
    "apiVersion", "kind", "metadata", "spec", "status", "ports", "port", "name", "selector",
    "labels", "finalizers", "targetPort", "nodePort", "clusterIPs", "op", "path", "from", "value",
    "$patch", "$retainKeys", "$setElementOrder/ports", "$setElementOrder/finalizers",
    "$deleteFromPrimitiveList/finalizers", "$deleteFromPrimitiveList/ports", "type", "x",
  ]
  private static let texts = [
    "", "v1", "Service", "delete", "replace", "merge", "add", "test", "copy", "/spec/ports/0",
    "/metadata", "a", "1.5Gi", "2020-01-01T00:00:00Z",
  ]

  private static func tree(depth: Int, _ random: inout SplitMix) -> JSON {
    switch Int.random(in: 0..<(depth == 0 ? 6 : 12), using: &random) {
    case 0: return .null
    case 1: return .bool(.random(using: &random))
    case 2: return .integer([0, 1, 80, -1, .max, .min][Int.random(in: 0..<6, using: &random)])
    case 3: return .number([0.5, 1e300, -0.0][Int.random(in: 0..<3, using: &random)])
    case 4, 5: return .string(texts[Int.random(in: 0..<texts.count, using: &random)])
    case 6, 7, 8, 9:
      return .object(
        JSONObject(
          (0..<Int.random(in: 0..<6, using: &random)).map { _ in
            (
              names[Int.random(in: 0..<names.count, using: &random)],
              tree(depth: depth - 1, &random)
            )
          }))
    default:
      return .array(
        (0..<Int.random(in: 0..<4, using: &random)).map { _ in tree(depth: depth - 1, &random) })
    }
  }
}

/// A small generator (SplitMix64) whose runs a seed repeats.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
