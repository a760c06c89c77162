import APIServer
import JSONTree
import Testing

@Suite struct JobTests {
  let kind = JobKind()

  private func job(_ members: JSONObject = [:]) -> JSON {
    var spec: JSONObject = [
      "template": [
        "spec": ["restartPolicy": "Never", "containers": [["name": "main", "image": "none"]]]
      ]
    ]
    for member in members { spec[member.key] = member.value }
    return ["metadata": ["name": "once", "uid": "u-1"], "spec": .object(spec)]
  }

  @Test func `It gets a selector and labels of its own`() {
    let made = kind.created(job())
    #expect(
      made[path: "spec", "selector"]
        == ["matchLabels": ["batch.kubernetes.io/controller-uid": "u-1"]])
    #expect(
      made[path: "spec", "template", "metadata", "labels"] == [
        "batch.kubernetes.io/controller-uid": "u-1", "batch.kubernetes.io/job-name": "once",
        "controller-uid": "u-1", "job-name": "once",
      ])
    let spec = made["spec"] ?? .null
    #expect(spec["completions"] == 1 && spec["parallelism"] == 1 && spec["backoffLimit"] == 6)
    #expect(spec["completionMode"] == "NonIndexed" && spec["suspend"] == false)
    #expect(spec["podReplacementPolicy"] == "TerminatingOrFailed")
    #expect(kind.creationErrors(job()) == [])
  }

  @Test(
    arguments: [
      (
        ["completionMode": "Indexed", "parallelism": 2],
        ["spec.completions: Required value: when completion mode is Indexed"]
      ),
      (
        ["backoffLimit": -1],
        ["spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0"]
      ),
      (
        ["maxFailedIndexes": 1, "backoffLimitPerIndex": 1],
        [
          "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
          "spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
        ]
      ),
    ] as [(JSONObject, [String])])
  func `What is wrong is said as Kubernetes says it`(members: JSONObject, expected: [String]) {
    #expect(kind.creationErrors(job(members)) == expected)
  }

  @Test func `Its Pods must end`() {
    let forever = job(["template": ["spec": ["containers": [["name": "a", "image": "b"]]]]])
    #expect(
      kind.creationErrors(forever) == [
        "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""
      ])
  }

  @Test func `Its template cannot change, where it may run can while it never started`() {
    let old = kind.created(job(["suspend": true]))
    let moved = kind.updated(old, old: old)
    var spec = moved["spec"] ?? .null
    var template = spec["template"] ?? .null
    var pod = template["spec"] ?? .null
    pod["nodeSelector"] = ["disk": "ssd"]
    template["spec"] = pod
    spec["template"] = template
    #expect(kind.updateErrors(moved.with("spec", spec), old: old) == [])
    let running = kind.created(job())
    #expect(kind.updateErrors(running.with("spec", spec), old: running).count == 1)
  }

  @Test func `It prints how far it is`() {
    let done = kind.created(job(["completions": 3])).with(
      "status",
      [
        "succeeded": 3, "startTime": "2025-12-31T23:58:00Z",
        "completionTime": "2025-12-31T23:58:30Z",
        "conditions": [["type": "Complete", "status": "True"]],
      ])
    #expect(kind.row(done) == ["once", "Complete", "3/3", "30s", "<unknown>"])
  }
}
