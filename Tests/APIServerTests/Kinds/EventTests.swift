import APIServer
import JSONTree
import Testing

@Suite struct EventTests {
  let core = CoreEventKind()
  let newer = EventKind()

  static let old: JSON = [
    "apiVersion": "v1", "kind": "Event",
    "metadata": ["name": "web.1", "namespace": "default"],
    "involvedObject": [
      "kind": "Pod", "namespace": "default", "name": "web", "fieldPath": "spec.containers{c}",
    ],
    "reason": "Pulled", "message": " Image is there \n", "type": "Normal", "count": 3,
    "source": ["component": "agent", "host": "n1"],
    "firstTimestamp": "2025-12-31T23:50:00Z", "lastTimestamp": "2025-12-31T23:59:30Z",
  ]

  static let new: JSON = [
    "apiVersion": "events.k8s.io/v1", "kind": "Event",
    "metadata": ["name": "web.2", "namespace": "default"],
    "regarding": ["kind": "Pod", "namespace": "default", "name": "web"],
    "reason": "Pulled", "action": "Pulling", "note": "Image is there", "type": "Normal",
    "eventTime": "2025-12-31T23:59:00.000000Z", "reportingController": "example.com/agent",
    "reportingInstance": "n1",
  ]

  @Test func `Both groups print the same row`() {
    let row = [
      "30s", "Normal", "Pulled", "pod/web", "spec.containers{c}", "agent, n1", "Image is there",
      "10m", "3", "web.1",
    ]
    #expect(core.row(Self.old, wide: true) == row)
    #expect(newer.row(newer.servedForm(of: Self.old), wide: true) == row)
    #expect(
      newer.row(Self.new, wide: true) == [
        "60s", "Normal", "Pulled", "pod/web", "", "example.com/agent, n1", "Image is there",
        "60s", "1", "web.2",
      ])
  }

  @Test func `A series tells when it happened last`() {
    let event = Self.new.with(
      "series", ["count": 7, "lastObservedTime": "2025-12-31T23:59:55.000000Z"])
    let row = newer.row(event, wide: true)
    #expect(row[0] == "5s")
    #expect(row[8] == "7")
  }

  @Test func `Both groups hold the same objects`() {
    #expect(newer.storedResource == core.resource)
    #expect(newer.storagePrefix == core.storagePrefix)
    let stored = newer.storedForm(of: Self.new)
    #expect(stored["apiVersion"] == "v1")
    #expect(stored["involvedObject"] == Self.new["regarding"])
    #expect(stored["message"] == "Image is there")
    #expect(stored["reportingComponent"] == "example.com/agent")
    #expect(newer.servedForm(of: stored) == Self.new)
    #expect(core.servedForm(of: Self.old) == Self.old)
  }

  @Test func `Fields are selected under the names of the group`() {
    #expect(core.selectableField("involvedObject.name", of: Self.old) == "web")
    #expect(core.selectableField("source", of: Self.old) == "agent")
    #expect(core.selectableField("reason", of: Self.old) == "Pulled")
    #expect(newer.selectableField("regarding.kind", of: Self.new) == "Pod")
    #expect(
      newer.selectableField("reportingController", of: Self.new) == "example.com/agent")
  }

  @Test func `An event lives in the namespace of what it is about`() {
    #expect(core.creationErrors(Self.old) == [])
    let other = Self.old.with("involvedObject", ["kind": "Pod", "namespace": "other"])
    #expect(
      core.creationErrors(other)
        == ["involvedObject.namespace: Invalid value: \"other\": does not match event.namespace"])
    let nowhere = Self.old.with("involvedObject", ["kind": "Node"])
    #expect(core.creationErrors(nowhere) == [])
  }

  @Test(
    arguments: [
      ("eventTime", nil, ["eventTime: Required value"]),
      ("type", "Odd", ["type: Invalid value: \"\": has invalid value: Odd"]),
      ("deprecatedCount", 2, ["count: Invalid value: \"\": needs to be unset"]),
      ("action", nil, ["action: Required value"]),
      (
        "series", ["count": 1],
        [
          "series.count: Invalid value: \"\": should be at least 2",
          "series.lastObservedTime: Required value",
        ]
      ),
    ] as [(String, JSON?, [String])])
  func `The newer group is strict`(member: String, value: JSON?, expected: [String]) {
    #expect(newer.creationErrors(Self.new.with(member, value)) == expected)
  }

  @Test func `Only the series of an event goes on`() {
    let series: JSON = ["count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z"]
    #expect(newer.updateErrors(Self.new.with("series", series), old: Self.new) == [])
    #expect(
      newer.updateErrors(Self.new.with("note", "other"), old: Self.new)
        == ["message: Invalid value: \"other\": field is immutable"])
  }
}
