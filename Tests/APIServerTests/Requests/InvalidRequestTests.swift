import Foundation
import JSONTree
import KubernetesAPI
import Logging
import ObjectStore
import Testing

@testable import APIServer

/// A request that is refused, and how: status, reason, message and the fields it names.
///
/// In messages `<uid>`, `<time>`, `<version>` and `<suffix>` stand for what the server made up. A
/// text `@N` in a body is N letters long.
struct InvalidRequest: Sendable, CustomTestStringConvertible {
  let json: JSON

  var testDescription: String { json["name"]?.string ?? "" }

  static func load() throws -> [InvalidRequest] {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/invalid-requests.json")
    return try (JSON(parsing: [UInt8](Data(contentsOf: url))).array ?? []).map {
      InvalidRequest(json: $0)
    }
  }

  private func text(_ member: String) -> String { json[member]?.string ?? "" }

  private var body: [UInt8] {
    json["body"].map { $0.expanded.encoded() } ?? Array(text("text").utf8)
  }

  func send(to server: TestServer) async throws -> JSON {
    var headers: [String: String] = [:]
    headers["content-type"] = json["contentType"]?.string
    headers["accept"] = json["accept"]?.string
    let answer = await server.send(text("method"), text("path"), body, headers: headers)
    guard let status = try? JSON(parsing: answer.body) else {
      return ["code": .integer(Int64(answer.code)), "message": .string(answer.text)]
    }
    return status
  }
}

@Suite struct InvalidRequestTests {
  private let inNamespace = "/api/v1/namespaces/default/"

  @Test func `more are tried than the forty that were promised`() throws {
    #expect(try InvalidRequest.load().count >= 40)
  }

  @Test(arguments: try InvalidRequest.load())
  func `an invalid request is refused as Kubernetes refuses it`(
    request: InvalidRequest
  ) async throws {
    let store = MemoryStore()
    let allocator = ServiceAllocator(
      network: try ServiceNetwork(serviceCIDR: "10.96.0.0/16"), store: store,
      log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
      now: { Timestamp(seconds: 1_700_000_000) },
      makeUID: { "00000000-0000-0000-0000-000000000002" },
      random: { UInt64.random(in: 0..<$0) })
    try await TestServer.run(
      catalogue: KindCatalogue(CoreKinds.all), store: store, hooks: ["services": [allocator]]
    ) { server in
      await fill(server)
      let status = try await request.send(to: server)
      let expected = request.json["expect"] ?? [:]
      #expect(status["code"] == expected["code"])
      #expect(status["reason"]?.string ?? "" == expected["reason"]?.string ?? "")
      #expect((status["message"]?.string ?? "").withoutChance == expected["message"]?.string)
      let causes = (status[path: "details", "causes"]?.array ?? []).map(\.complete)
      #expect(causes == expected["causes"]?.array ?? [])
    }
  }

  /// What the requests are about.
  private func fill(_ server: TestServer) async {
    let objects: [(String, JSON)] = [
      ("configmaps", ["metadata": ["name": "settings"], "data": ["a": "b"]]),
      ("configmaps", ["metadata": ["name": "frozen"], "immutable": true, "data": ["a": "b"]]),
      ("secrets", ["metadata": ["name": "secret"], "data": ["a": "Yg=="]]),
      (
        "services",
        [
          "metadata": ["name": "web"],
          "spec": ["clusterIP": "10.96.0.70", "ports": [["port": 80]]],
        ]
      ),
      (
        "pods",
        [
          "metadata": ["name": "pod"],
          "spec": ["containers": [["name": "c", "image": "i"]]],
        ]
      ),
    ]
    for (plural, object) in objects {
      #expect(await server.post(inNamespace + plural, object).code == 201)
    }
    let slice: JSON = ["metadata": ["name": "slice"], "addressType": "IPv4", "endpoints": []]
    let slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    #expect(await server.post(slices, slice).code == 201)
  }
}

extension JSON {
  /// With long texts in the place of `@N`.
  fileprivate var expanded: JSON {
    switch self {
    case .string(let text) where text.first == "@":
      Int(text.dropFirst()).map { .string(String(repeating: "x", count: $0)) } ?? self
    case .array(let elements): .array(elements.map(\.expanded))
    case .object(let members):
      .object(members.reduce(into: JSONObject()) { $0[$1.key] = $1.value.expanded })
    default: self
    }
  }

  /// A cause with all three members, and nothing of chance.
  fileprivate var complete: JSON {
    [
      "reason": self["reason"] ?? "", "field": self["field"] ?? "",
      "message": .string((self["message"]?.string ?? "").withoutChance),
    ]
  }
}

extension String {
  /// With names in the place of what the server makes up.
  fileprivate var withoutChance: String {
    replacing(#/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/#, with: "<uid>")
      .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/#, with: "<time>")
      .replacing(#/(resourceVersion\\+":\\+")\d+/#) { "\($0.output.1)<version>" }
      .replacing(#/record \(\d+\)/#, with: "record (<version>)")
      .replacing(#/"-A[a-z0-9]{5}"/#, with: "\"-A<suffix>\"")
  }
}
