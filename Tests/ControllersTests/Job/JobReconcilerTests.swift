import JSONTree
import KubernetesAPI
import Testing

@testable import Controllers

struct JobReconcilerTests {
  private func job(_ members: JSONObject = [:], status: JSON = [:]) -> Job {
    var spec: JSONObject = [
      "template": WorkloadSample.template(), "selector": WorkloadSample.selector,
      "completions": 3, "parallelism": 2, "backoffLimit": 2,
    ]
    for member in members { spec[member.key] = member.value == .null ? nil : member.value }
    return Job(metadata: WorkloadSample.metadata("once"), spec: .object(spec), status: status)
  }

  private func pod(_ name: String, _ phase: Pod.Phase = .running, index: Int? = nil) -> Pod {
    var pod = WorkloadSample.pod(name, ready: phase == .running, since: 5000)
    pod.phase = phase
    pod.metadata.finalizers = [Job.trackingFinalizer]
    if let index { pod.metadata.annotations[Job.indexAnnotation] = String(index) }
    return pod
  }

  private func plan(_ job: Job, _ pods: [Pod]) -> JobReconciler.Plan {
    JobReconciler(job: job, pods: pods, now: WorkloadSample.now).plan
  }

  private func noted(_ uids: [String], failed: [String] = []) -> JSON {
    ["succeeded": JSON(strings: uids), "failed": JSON(strings: failed)]
  }

  @Test func asManyPodsRunAsMay() {
    let begun = plan(job(), [])
    #expect(begun.create.count == 2)
    #expect(begun.create.first?[path: "metadata", "finalizers"] == [.string(Job.trackingFinalizer)])
    #expect(begun.status["active"] == 2)
    #expect(begun.status["startTime"]?.string == WorkloadSample.now.description)
    #expect(plan(job(), [pod("a"), pod("b")]).create.isEmpty)
    #expect(plan(job(["parallelism": 1]), [pod("a"), pod("b")]).delete.count == 1)
    // With one success missing a second Pod would be one too many.
    #expect(plan(job(status: ["succeeded": 2]), []).create.count == 1)
  }

  @Test func aPodThatEndedIsNotedThenLetGoThenCounted() {
    let ended = pod("a", .succeeded)
    let first = plan(job(), [ended])
    #expect(first.status["uncountedTerminatedPods"] == noted(["uid-a"]))
    #expect(first.status["succeeded"] == 0 && first.release.isEmpty)
    let status: JSON = ["uncountedTerminatedPods": noted(["uid-a"])]
    let second = plan(job(status: status), [ended])
    #expect(second.release.map(\.metadata.name) == ["a"])
    #expect(second.status["succeeded"] == 0)
    let third = plan(job(status: status), [])
    #expect(third.status["succeeded"] == 1)
    #expect(third.status["uncountedTerminatedPods"] == noted([]))
  }

  private func conditions(_ plan: JobReconciler.Plan) -> [String] {
    (plan.status["conditions"]?.array ?? []).compactMap { $0["type"]?.string }
  }

  @Test func enoughSuccessesEndTheJobOnceAllAreCounted() {
    let running = plan(job(status: ["succeeded": 3]), [pod("late")])
    #expect(running.delete.map(\.metadata.name) == ["late"])
    #expect(conditions(running) == ["SuccessCriteriaMet"])
    let done = plan(job(status: ["succeeded": 3]), [])
    #expect(conditions(done) == ["SuccessCriteriaMet", "Complete"])
    #expect(done.status["completionTime"]?.string == WorkloadSample.now.description)
    #expect(done.ending?["type"] == "Complete")
  }

  @Test func tooManyFailuresEndTheJob() {
    let failed = plan(job(status: ["failed": 3]), [])
    #expect(conditions(failed) == ["FailureTarget", "Failed"])
    #expect(failed.ending?["reason"] == "BackoffLimitExceeded")
    #expect(failed.create.isEmpty)
  }

  @Test func afterAFailureTheNextPodWaits() {
    var recent = pod("a", .failed)
    recent.readyTransitionTime = Timestamp(seconds: 9995)
    recent.metadata.finalizers = []
    let waiting = plan(job(status: ["failed": 1]), [recent])
    #expect(waiting.create.isEmpty)
    #expect(waiting.recheck == .seconds(5))
    recent.readyTransitionTime = Timestamp(seconds: 9000)
    #expect(plan(job(status: ["failed": 1]), [recent]).create.count == 2)
  }

  @Test func theDeadlineEndsTheJob() {
    let start: JSON = ["startTime": .string(Timestamp(seconds: 9900).description)]
    let late = plan(job(["activeDeadlineSeconds": 100], status: start), [pod("a")])
    #expect(late.delete.map(\.metadata.name) == ["a"])
    #expect(conditions(late) == ["FailureTarget"])
    let inTime = plan(job(["activeDeadlineSeconds": 200], status: start), [pod("a"), pod("b")])
    #expect(inTime.recheck == .seconds(100))
  }

  @Test func aSuspendedJobEndsItsPodsAndForgetsItsStart() {
    let suspended = plan(job(["suspend": true]), [pod("a")])
    #expect(suspended.delete.count == 1 && suspended.create.isEmpty)
    #expect(conditions(suspended) == ["Suspended"])
    #expect(suspended.status["startTime"] == .null)
    let known: JSON = ["conditions": [["type": "Suspended", "status": "True", "reason": "x"]]]
    let resumed = plan(job(status: known), [])
    #expect(resumed.create.count == 2)
    #expect(resumed.status["conditions"]?.array?.first?["status"] == "False")
  }

  @Test func anIndexedJobRunsEachNumberOnce() {
    let indexed: JSONObject = ["completionMode": "Indexed"]
    let begun = plan(job(indexed), [pod("a", .succeeded, index: 0)])
    #expect(
      begun.create.map { $0[path: "metadata", "annotations", Job.indexAnnotation] } == ["1", "2"])
    #expect(begun.status["completedIndexes"] == "0")
    let variables = begun.create.first?[path: "spec", "containers"]?.array?.first?["env"]?.array
    #expect(variables?.first?["name"] == "JOB_COMPLETION_INDEX")
    let twice = plan(
      job(indexed, status: ["completedIndexes": "0"]), [pod("b", .succeeded, index: 0)])
    #expect(twice.release.map(\.metadata.name) == ["b"])
  }

  @Test func withoutACountOneSuccessIsEnough() {
    let queue: JSONObject = ["completions": .null]
    #expect(plan(job(queue, status: ["succeeded": 1]), [pod("a")]).create.isEmpty)
    #expect(conditions(plan(job(queue, status: ["succeeded": 1]), [])).contains("Complete"))
  }

  @Test func aFinishedJobGoesInTime() {
    let done: JSON = [
      "conditions": [
        [
          "type": "Complete", "status": "True",
          "lastTransitionTime": .string(Timestamp(seconds: 9990).description),
        ]
      ]
    ]
    #expect(plan(job(["ttlSecondsAfterFinished": 10], status: done), []).expires)
    let early = plan(job(["ttlSecondsAfterFinished": 30], status: done), [])
    #expect(!early.expires && early.recheck == .seconds(20))
    #expect(!plan(job(status: done), []).expires)
  }

  @Test(arguments: [
    ("", [], ""), ("1,3-5", [1, 3, 4, 5], "1,3-5"), ("5-3,x,2", [2], "2"),
    ("0-1,1-2", [0, 1, 2], "0-2"),
  ])
  func numbersAreWrittenAsRanges(text: String, indexes: [Int], written: String) {
    let ranges = IndexRanges(text)
    #expect(ranges.count == indexes.count && indexes.allSatisfy(ranges.contains))
    #expect(ranges.description == written)
  }
}
