import FoundationEssentials
import JSONTree
import KubernetesAPI
import Testing

@testable import APIServer

/// Bodies as `kubectl create` of 1.33 sends them, and what goes wrong with such bodies.
@Suite struct ProtobufBodyTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var kind: any KindDefinition
    /// Base64.
    var body: String
    /// The same object as JSON.
    var json: JSON

    var testDescription: String { json.text }
    var bytes: [UInt8] { Data(base64Encoded: body).map(Array.init) ?? [] }
  }

  static let samples = [
    Sample(
      kind: NamespaceKind(),
      body: "azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhsKEwoDZm9vEgAaACIAKgAyADgAQgASABoCCgAaACIA",
      json: ["metadata": ["name": "foo"], "spec": [:], "status": [:]]),
    Sample(
      kind: ConfigMapKind(),
      body: "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEjUKGAoIc2V0dGluZ3MSABoAIgAqADIAOABCABIOCgZjb2xvdXISBGJs"
        + "dWUSCQoFZW1wdHkSABoAIgA=",
      json: ["metadata": ["name": "settings"], "data": ["colour": "blue", "empty": ""]]),
    Sample(
      kind: SecretKind(),
      body: "azhzAAoMCgJ2MRIGU2VjcmV0EiUKFAoEZG9vchIAGgAiACoAMgA4AEIAEgsKA2tleRIEb3BlbhoAGgAiAA==",
      json: ["metadata": ["name": "door"], "data": ["key": "b3Blbg=="]]),
    Sample(
      kind: ServiceAccountKind(),
      body: "azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSFwoVCgVyb2JvdBIAGgAiACoAMgA4AEIAGgAiAA==",
      json: ["metadata": ["name": "robot"]]),
    Sample(
      kind: ServiceKind(),
      body: "azhzAAoNCgJ2MRIHU2VydmljZRKIAQofCgN3ZWISABoAIgAqADIAOABCAFoKCgNhcHASA3dlYhJhChsKBzgw"
        + "LTgwODASA1RDUBhQIgcIABCQPxoAKAAKHQoINDQzLTg0NDMSA1RDUBi7AyIHCAAQ+0EaACgAEgoKA2FwcBID"
        + "d2ViGgAiCUNsdXN0ZXJJUDoAQgBSAFoAYABoABoCCgAaACIA",
      json: [
        "metadata": ["name": "web", "labels": ["app": "web"]],
        "spec": [
          "ports": [
            ["name": "80-8080", "protocol": "TCP", "port": 80, "targetPort": 8080],
            ["name": "443-8443", "protocol": "TCP", "port": 443, "targetPort": 8443],
          ], "selector": ["app": "web"], "type": "ClusterIP",
        ], "status": ["loadBalancer": [:]],
      ]),
    Sample(
      kind: ServiceKind(),
      body: "azhzAAoNCgJ2MRIHU2VydmljZRJqCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEkMKHQoHODAt"
        + "ODA4MBIDVENQGFAiBwgAEJA/GgAogOsBEgoKA2FwcBIDd2ViGgAiCE5vZGVQb3J0OgBCAFIAWgBgAGgAGgIK"
        + "ABoAIgA=",
      json: [
        "metadata": ["name": "web", "labels": ["app": "web"]],
        "spec": [
          "ports": [
            [
              "name": "80-8080", "protocol": "TCP", "port": 80, "targetPort": 8080,
              "nodePort": 30080,
            ]
          ], "selector": ["app": "web"], "type": "NodePort",
        ], "status": ["loadBalancer": [:]],
      ]),
    Sample(
      kind: ServiceKind(),
      body: "azhzAAoNCgJ2MRIHU2VydmljZRJTCiEKBGJhcmUSABoAIgAqADIAOABCAFoLCgNhcHASBGJhcmUSKhILCgNh"
        + "cHASBGJhcmUaBE5vbmUiCUNsdXN0ZXJJUDoAQgBSAFoAYABoABoCCgAaACIA",
      json: [
        "metadata": ["name": "bare", "labels": ["app": "bare"]],
        "spec": ["clusterIP": "None", "selector": ["app": "bare"], "type": "ClusterIP"],
        "status": ["loadBalancer": [:]],
      ]),
  ]

  private let decoder = BodyDecoder(catalogue: KindCatalogue(CoreKinds.all))

  @Test(arguments: samples)
  func `a body in protobuf says what the same body in JSON says`(sample: Sample) throws {
    let decoded = try decoder.decode(
      sample.bytes, as: sample.kind, format: .protobuf, validation: .strict)
    let expected = try decoder.decode(
      sample.json.encoded(), as: sample.kind, validation: .strict)
    #expect(decoded.object == expected.object)
    #expect(decoded.warnings.isEmpty)
  }

  @Test func `a request for a token says for how long`() throws {
    let body = try #require(
      Data(
        base64Encoded: "azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBIdChAKABIA"
          + "GgAiACoAMgA4AEIAEgMg2AQaBAoAEgAaACIA"))
    let value = try ProtobufDecoder.decode(ProtobufEnvelope(Array(body)), as: .tokenRequest)
    #expect(value[path: "spec", "expirationSeconds"] == 600)
    #expect(value["status"] == [:])
    #expect(value["kind"] == "TokenRequest")
  }

  @Test(
    arguments: [
      ([], "(must be of type ConfigMap): empty data (<empty>)"),
      (Array("k8s\0".utf8), "(must be of type ConfigMap): empty body (6b387300)"),
      (
        Array("{}".utf8),
        "(must be of type ConfigMap): provided data does not appear to be a protobuf message, "
          + "expected prefix [107 56 115 0] ({})"
      ),
      (Array("k8s\0\n".utf8), "(must be of type ConfigMap): unexpected EOF (6b3873000a)"),
      (
        Wire.body("v1", "ConfigMap", Wire.varint(1, 1)),
        #"ConfigMap in version "v1" cannot be handled as a ConfigMap: "#
          + "proto: wrong wireType = 0 for field ObjectMeta"
      ),
      (
        Wire.body("v1", "Secret", []),
        #"Secret in version "v1" cannot be handled as a ConfigMap: "#
          + "converting (v1.Secret) to (core.ConfigMap): unknown conversion"
      ),
    ] as [([UInt8], String)])
  func `a body that is no such object is a bad request`(body: [UInt8], problem: String) {
    let error = #expect(throws: APIStatus.self) {
      try decoder.decode(body, as: ConfigMapKind(), format: .protobuf, validation: .strict)
    }
    #expect(error?.code == 400)
    #expect(error?.message.hasSuffix(problem) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: samples, 1...4)
  func `mutated bodies never trap`(sample: Sample, seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    for _ in 0..<300 {
      var body = sample.bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        // Past the magic and the type, where nearly every change would end it.
        let index = Int.random(in: 4..<body.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: body[index] = UInt8.random(in: 0...255, using: &random)
        case 1: body.insert(UInt8.random(in: 0...255, using: &random), at: index)
        case 2: body.replaceSubrange(index..<index, with: body[index...].prefix(8))
        default: if body.count > 8 { body.remove(at: index) }
        }
      }
      guard
        let decoded = try? decoder.decode(
          body, as: sample.kind, format: .protobuf, validation: .strict)
      else { continue }
      let again = try? decoder.decode(
        decoded.object.encoded(), as: sample.kind, validation: .strict)
      #expect(again?.object == decoded.object, "seed \(seed): \(decoded.object.text)")
    }
  }

  @Test func `the server reads bodies of creates and deletes in protobuf`() async throws {
    let headers = ["content-type": "application/vnd.kubernetes.protobuf"]
    let samples = Self.samples
    let catalogue = KindCatalogue(CoreKinds.all)
    try await TestServer.run(catalogue: catalogue) { server in
      let created = await server.send(
        "POST", "/api/v1/namespaces?fieldManager=kubectl-create&fieldValidation=Strict",
        samples[0].bytes, headers: headers)
      #expect(created.code == 201)
      #expect(created.name == "foo")
      let configMaps = "/api/v1/namespaces/foo/configmaps"
      let stored = await server.send("POST", configMaps, samples[1].bytes, headers: headers)
      #expect(stored.code == 201)
      #expect(stored.json["data"] == ["colour": "blue", "empty": ""])

      let other = Wire.body("v1", "DeleteOptions", Wire.message(2, Wire.text(1, "other")))
      let refused = await server.send(
        "DELETE", configMaps + "/settings", other, headers: headers)
      #expect(refused.code == 409)
      let plain = Wire.body("v1", "DeleteOptions", Wire.text(4, "Background"))
      let deleted = await server.send(
        "DELETE", configMaps + "/settings", plain, headers: headers)
      #expect(deleted.code == 200)

      let unknown = await server.send(
        "POST", configMaps, [1], headers: ["content-type": "application/cbor"])
      #expect(unknown.code == 415)
      #expect(
        unknown.message
          == "the body of the request was in an unknown format - accepted media types include: "
          + "application/json, application/yaml, application/vnd.kubernetes.protobuf")
    }
  }
}
