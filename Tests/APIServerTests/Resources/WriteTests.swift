import Foundation
import JSONTree
import KubernetesAPI
import ObjectStore
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(5))) struct WriteTests {
  private let widgets = "/apis/test.io/v1/namespaces/default/widgets"
  private let records = "/apis/test.io/v1/namespaces/default/records"

  @Test func `a dry run answers as the write would and leaves nothing`() async throws {
    try await TestServer.run { server in
      let created = await server.post(
        widgets + "?dryRun=All", ["metadata": ["name": "a"], "spec": ["size": 1]])
      #expect(created.code == 201)
      #expect(created.json[path: "spec", "color"] == "grey")
      #expect(created.version == "")
      #expect(await server.get(widgets + "/a").code == 404)
      let kept = await server.post(widgets, ["metadata": ["name": "a"]])
      #expect(
        await server.post(widgets + "?dryRun=All", ["metadata": ["name": "a"]]).code == 409)
      let patched = await server.patch(widgets + "/a?dryRun=All", ["spec": ["color": "red"]])
      #expect(patched.json[path: "spec", "color"] == "red")
      #expect(patched.version == kept.version)
      #expect(await server.get(widgets + "/a").json == kept.json)
      let invalid = await server.patch(widgets + "/a?dryRun=All", ["spec": ["size": -1]])
      #expect(invalid.code == 422)
    }
  }

  @Test func `names are made up from a prefix`() async throws {
    try await TestServer.run { server in
      let template: JSON = ["metadata": ["generateName": "job-"]]
      let first = await server.post(widgets, template)
      let second = await server.post(widgets, template)
      #expect(first.name.hasPrefix("job-") && first.name.count == 9)
      #expect(first.name != second.name)
      #expect(first.json[path: "metadata", "generateName"] == "job-")
    }
  }

  @Test func `what only the server may say is kept`() async throws {
    try await TestServer.run { server in
      let created = await server.post(
        widgets,
        [
          "metadata": [
            "name": "a", "uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z",
            "generation": 7, "deletionTimestamp": "2001-01-01T00:00:00Z",
          ], "status": ["phase": "Done"],
        ])
      let metadata = created.json.member("metadata")
      #expect(metadata.text("uid") != "mine")
      #expect(metadata["creationTimestamp"] == "2023-11-14T22:13:20Z")
      #expect(metadata["generation"] == 1)
      #expect(metadata["deletionTimestamp"] == nil)
      #expect(created.json["status"] == nil)
      let patched = await server.patch(
        widgets + "/a",
        ["metadata": ["generation": 9, "creationTimestamp": "2001-01-01T00:00:00Z"]])
      #expect(patched.version == created.version, "nothing is left of the patch")
    }
  }

  @Test func `status and the rest are written apart`() async throws {
    try await TestServer.run { server in
      _ = await server.post(widgets, ["metadata": ["name": "a"], "spec": ["size": 1]])
      let both: JSON = ["spec": ["size": 2], "status": ["phase": "Done"]]
      let main = await server.patch(widgets + "/a", both)
      #expect(main.json[path: "spec", "size"] == 2)
      #expect(main.json["status"] == nil)
      #expect(main.json[path: "metadata", "generation"] == 2)
      let other: JSON = ["spec": ["size": 3], "status": ["phase": "Done"]]
      let status = await server.patch(widgets + "/a/status", other)
      #expect(status.json[path: "spec", "size"] == 2)
      #expect(status.json[path: "status", "phase"] == "Done")
      #expect(status.json[path: "metadata", "generation"] == 2)
    }
  }

  @Test func `kinds decide on creation by PUT and on updates without a version`() async throws {
    try await TestServer.run { server in
      #expect(await server.put(widgets + "/a", ["metadata": ["name": "a"]]).code == 404)
      let created = await server.put(records + "/a", ["metadata": ["name": "a"]])
      #expect(created.code == 201)
      let blind = await server.put(
        records + "/a", ["metadata": ["name": "a"], "data": ["k": "v"]])
      #expect(blind.code == 422)
      #expect(
        blind.message == #"records.test.io "a" is invalid: metadata.resourceVersion: Invalid "#
          + "value: 0: must be specified for an update")
      var object = created.json
      object["data"] = ["k": "v"]
      #expect(await server.put(records + "/a", object).code == 200)
      #expect(await server.put(records + "/a", object).code == 409, "the version is old now")
    }
  }

  @Test func `patches that meet on one object all come about`() async throws {
    try await TestServer.run { server in
      _ = await server.post(widgets, ["metadata": ["name": "a"]])
      await withTaskGroup(of: Int.self) { group in
        for number in 0..<20 {
          group.addTask {
            await server.patch(
              widgets + "/a", ["metadata": ["labels": ["l\(number)": "x"]]]
            ).code
          }
        }
        for await code in group { #expect(code == 200) }
      }
      let labels = await server.get(widgets + "/a").json[path: "metadata", "labels"]
      #expect(labels?.object?.count == 20)
    }
  }

  @Test func `a warning comes with the answer`() async throws {
    try await TestServer.run { server in
      let dull = await server.post(
        widgets, ["metadata": ["name": "a"], "spec": ["color": "beige"], "extra": 1])
      #expect(dull.code == 201)
      #expect(
        dull.headers["warning"] == #"299 - "unknown field \"extra\"", "#
          + #"299 - "spec.color: \"beige\" is dull""#)
    }
  }

  /// As on a full disk: what does not fit is refused, and everything else goes on.
  @Test func `a full store refuses writes and goes on reading`() async throws {
    let directory = "/tmp/rollcall-full-\(UInt64.random(in: 0 ... .max))"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    var configuration = SQLiteStore.Configuration()
    configuration.maximumFileSize = 256 << 10
    let store = try SQLiteStore(directory: directory, configuration: configuration)
    try await TestServer.run(store: store) { server in
      _ = await server.post(widgets, ["metadata": ["name": "small"]])
      let large: JSON = ["k": .string(String(repeating: "x", count: 100_000))]
      var codes: [Int] = []
      for number in 0..<4 {
        let answer = await server.post(
          widgets, ["metadata": ["name": "n\(number)", "annotations": large]])
        codes.append(answer.code)
        if answer.code != 201 {
          #expect(answer.code == 500)
          #expect(answer.reason == "InternalError")
          #expect(await server.get(widgets + "/n\(number)").code == 404)
        }
      }
      #expect(codes.last == 500)
      #expect(await server.get(widgets + "/small").code == 200)
      #expect(await server.delete(widgets + "/n0").code == 200, "deletions still fit")
    }
    await store.close()
  }
}
